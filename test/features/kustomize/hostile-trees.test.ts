import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { build } from '../../../shared/kustomize/build.ts';
import { bombs } from './hostile-bombs.ts';
import { type Attack, escapes, type Prey, programs, specs } from './hostile-trees.ts';
import { configMap, describeWithKustomize, exec, OWNER, treeOf } from './world.ts';

const SECRET = 'CANARY-SECRET-9d1f';
const AT_ONCE = 16;
/** For all of them, and for each; a machine may be busy with others. */
const TIME = 300_000;

const directory = mkdtempSync(join(tmpdir(), 'sluice-hostile-'));
const file = join(directory, 'canary.yaml');
let server: Server;
let requests = 0;

beforeAll(async () => {
  writeFileSync(file, configMap('canary', `data: {a: ${SECRET}}\n`));
  writeFileSync(join(directory, 'kustomization.yaml'), 'resources: [canary.yaml]\n');
  process.env.SLUICE_CANARY = SECRET;
  server = createServer((_, response) => {
    requests += 1;
    response.end(configMap('canary', `data: {a: ${SECRET}}\n`));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  delete process.env.SLUICE_CANARY;
  server.close();
  rmSync(directory, { recursive: true });
});

function prey(): Prey {
  return { directory, file, server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Ended {
  readonly name: string;
  /** Objects, or a reason and message. */
  readonly text: string;
  readonly built: boolean;
}

async function endOf({ name, files, spec = {} }: Attack): Promise<Ended> {
  const request = { tree: treeOf(files), spec, owner: OWNER, variables: new Map<string, string>() };
  const built = await build({ ...request, exec, clock: systemClock, signal: AbortSignal.timeout(TIME) });
  return {
    name,
    built: built.ok,
    text: built.ok ? JSON.stringify(built.objects) : `${built.reason}: ${built.message}`,
  };
}

async function endsOf(attacks: readonly Attack[]): Promise<readonly Ended[]> {
  const ends: Ended[] = [];
  for (let at = 0; at < attacks.length; at += AT_ONCE) {
    ends.push(...(await Promise.all(attacks.slice(at, at + AT_ONCE).map(endOf))));
  }
  return ends;
}

/** Nothing was read or reached, and whatever failed says why in a few words. */
function expectHarmless(ends: readonly Ended[]): void {
  const hasSecret = (text: string) =>
    text.includes(SECRET) || text.includes(Buffer.from(SECRET).toString('base64').slice(0, 20));
  expect(ends.filter(({ text }) => hasSecret(text))).toEqual([]);
  expect(requests).toBe(0);
  const odd = ends.filter(
    ({ built, text }) => !built && !/^(BuildFailed|ArtifactFailed): .{10,}/s.test(text),
  );
  expect(odd).toEqual([]);
  expect(ends.filter(({ built, text }) => !built && text.length > 8000).map(({ name }) => name)).toEqual([]);
  expect(({} as { polluted?: string }).polluted).toBeUndefined();
}

describeWithKustomize('a hostile repository, through a whole build', () => {
  it(
    '[KS-29 contained] [KS-29 no-remote] reads and reaches nothing by any field and any path',
    async () => {
      const attacks = [...escapes(prey()), ...specs(prey())];

      const ends = await endsOf(attacks);

      expectHarmless(ends);
      expect(attacks.length).toBeGreaterThan(600);
    },
    TIME,
  );

  it(
    '[KS-29 no-code] runs no program, container or chart in any place',
    async () => {
      const ends = await endsOf(programs(prey()));

      expectHarmless(ends);
      expect(ends.filter(({ built }) => built)).toEqual([]);
    },
    TIME,
  );

  it(
    '[KS-30 panic] takes neither all memory nor all time',
    async () => {
      const before = process.memoryUsage().rss;

      const ends = await endsOf(bombs());

      expectHarmless(ends);
      // Sixteen at once, each of which may hold some of the 16 MiB of YAML that it may read.
      expect(process.memoryUsage().rss - before).toBeLessThan(2 * 1024 ** 3);
    },
    TIME,
  );
});
