import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import type { RegistryAccess } from '../../../shared/oci/access.ts';
import { openRegistry, type Registry } from '../../../shared/oci/registry.ts';
import { parseRepository } from '../../../shared/oci/repository.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { createAuthority } from '../../servers/certificates.ts';
import { serve } from '../http/web-server.ts';

const LIMIT = 4 * 1024 * 1024;
const DIGEST = `sha256:${sha256Hex('{}')}`;
const BLOB = { mediaType: 'x', digest: `sha256:${sha256Hex('blob')}`, size: 4 };

/** A repository of a registry that answers as `listener` does. */
async function registry(listener: RequestListener, more: Partial<RegistryAccess> = {}): Promise<Registry> {
  const { host } = new URL(await serve(listener));
  return openRegistry(parseRepository(`oci://${host}/org/app`), {
    http: createHttp({ loopback: true, privateRanges: false }),
    clock: systemClock,
    credentials: undefined,
    insecure: true,
    signal: AbortSignal.timeout(20_000),
    ...more,
  });
}

describe('a registry that sends too much, too little or nothing', () => {
  test('a manifest without end is cut off', async () => {
    const endless: RequestListener = (_request, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(64 * 1024))) if (response.destroyed) return;
        response.once('drain', more);
      };
      more();
    };
    const { manifest } = await registry(endless);
    const fault = await faultOf(manifest('latest'), 'too-large');
    expect(fault.message).toBe(`the answer is larger than ${LIMIT} bytes`);
  });

  test('one that announces 100 MB is not read', async () => {
    const huge: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 * 1024 * 1024 }).write('{');
    };
    await faultOf((await registry(huge)).manifest('latest'), 'too-large');
  });

  test('one that never answers, or a byte at a time, is given up in time', async () => {
    const silent: RequestListener = () => undefined;
    const slow: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      const timer = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(timer));
    };
    for (const listener of [silent, slow]) {
      const { manifest } = await registry(listener, { signal: AbortSignal.timeout(300) });
      await faultOf(manifest('latest'), 'timeout');
    }
  });

  test('a connection that breaks off is no answer', async () => {
    const broken: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{', () => response.destroy());
    };
    await faultOf((await registry(broken)).manifest('latest'), 'unreachable');
  });
});

describe('a registry that lies', () => {
  test('[OCI-04 by-digest] about what a digest names is not believed', async () => {
    const other: RequestListener = (_request, response) => response.end('{"schemaVersion":2}');
    const repository = await registry(other);
    const fault = await faultOf(repository.manifest(DIGEST), 'malformed');
    expect(fault.message).toMatch(
      /^the manifest has digest sha256:[0-9a-f]{64}, not sha256:[0-9a-f]{64} as announced$/,
    );
    await faultOf(repository.blob({ ...BLOB, size: 19 }, 1000), 'malformed');
    await faultOf(repository.blob(BLOB, 1000), 'malformed');
  });

  test('[OCI-04 get] with a digest of another kind is asked for the manifest itself', async () => {
    const methods: (string | undefined)[] = [];
    const strange: RequestListener = ({ method }, response) => {
      methods.push(method);
      response.setHeader('docker-content-digest', 'sha512:abc');
      response.end('{}');
    };
    expect(await (await registry(strange)).digestOf('latest')).toBe(DIGEST);
    expect(methods).toEqual(['HEAD', 'GET']);
  });

  test('with what is not JSON, or not a list, is told', async () => {
    for (const text of ['<html>', '[]', '{"tags":{}}'])
      await faultOf((await registry((_request, response) => response.end(text))).tags(), 'malformed');
  });

  test('what it says of our credentials is not passed on', async () => {
    const echo: RequestListener = ({ headers }, response) => {
      if (headers.authorization === undefined)
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      const message = `no ${headers.authorization} and no hunter2-hunter2, ${'x'.repeat(10_000)}`;
      return response.writeHead(403).end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
    };
    const credentials = { kind: 'basic', username: 'me', password: 'hunter2-hunter2' } as const;
    const fault = await faultOf((await registry(echo, { credentials })).digestOf('latest'), 'unauthorized');
    expect(fault.message).not.toContain('hunter2');
    expect(fault.message).not.toContain(Buffer.from('me:hunter2-hunter2').toString('base64'));
    expect(fault.message.length).toBeLessThan(600);
  });
});

describe('tags', () => {
  const listed =
    (tags: readonly unknown[], link?: string): RequestListener =>
    (_request, response) => {
      if (link !== undefined) response.setHeader('link', link);
      response.end(JSON.stringify({ name: 'org/app', tags }));
    };

  test('that are repeated, or no text, count once or not', async () => {
    expect(await (await registry(listed(['a', 'b', 'a', 7, null, '']))).tags()).toEqual(['a', 'b', '']);
    expect(await (await registry((_request, response) => response.end('{"tags":null}'))).tags()).toEqual([]);
  });

  test('without end are given up', async () => {
    let page = 0;
    const endless: RequestListener = (_request, response) => {
      page++;
      response.setHeader('link', `</v2/org/app/tags/list?last=${page}>; rel="next"`);
      response.end(JSON.stringify({ tags: [`t${page}`] }));
    };
    const fault = await faultOf((await registry(endless)).tags(), 'malformed');
    expect(fault.message).toContain('does not come to its end');
    const same = listed(['a'], '</v2/org/app/tags/list?n=1000>; rel="next"');
    await faultOf((await registry(same)).tags(), 'malformed');
  });

  test('whose next page is elsewhere are not followed', async () => {
    for (const next of [
      'http://127.0.0.1:1/v2/org/app/tags/list',
      '/v2/org/other/tags/list',
      'http://[',
      '/v2/_catalog',
    ])
      await faultOf((await registry(listed(['a'], `<${next}>; rel="next"`))).tags(), 'malformed');
  });

  test('too many are refused', async () => {
    let page = 0;
    const many: RequestListener = (_request, response) => {
      page++;
      response.setHeader('link', `</v2/org/app/tags/list?last=${page}>; rel="next"`);
      response.end(
        JSON.stringify({ tags: Array.from({ length: 50_000 }, (_, index) => `${page}-${index}`) }),
      );
    };
    const fault = await faultOf((await registry(many)).tags(), 'too-large');
    expect(fault.message).toContain('has more than 200000 tags');
  });
});

describe('a registry that sends us elsewhere', () => {
  /** Sends every request for a blob to `location`, and asks for Basic credentials first. */
  const sending =
    (location: string): RequestListener =>
    ({ headers }, response) => {
      if (headers.authorization === undefined)
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return response.writeHead(307, { location }).end();
    };
  const credentials = { kind: 'basic', username: 'me', password: 'hunter2-hunter2' } as const;

  test('[OCI-08 not-forwarded] the blob is read there, and no credentials go with us', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('blob');
    });
    const { blob } = await registry(sending(`${elsewhere}/x`), { credentials });
    expect(Buffer.from(await blob(BLOB, 1000)).toString()).toBe('blob');
    expect(seen).toEqual([undefined]);
  });

  test('whoever asks for credentials there gets none', async () => {
    const seen: (string | undefined)[] = [];
    const asking = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="y"' }).end();
    });
    await faultOf((await registry(sending(`${asking}/x`), { credentials })).blob(BLOB, 1000), 'unauthorized');
    expect(seen.every((authorization) => authorization === undefined)).toBe(true);
  });

  test('nor does a token server that is named there', async () => {
    const seen: (string | undefined)[] = [];
    const asking = await serve(({ headers, url }, response) => {
      if (url?.startsWith('/token')) {
        seen.push(headers.authorization);
        return response.end('{"token":"x"}');
      }
      const realm = `http://${headers.host}/token`;
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
    });
    const { blob } = await registry(sending(`${asking}/x`), { credentials });
    // The second time the registry's own challenge is behind us.
    for (let round = 0; round < 2; round++) await faultOf(blob(BLOB, 1000), 'unauthorized');
    expect(seen).toEqual([]);
  });

  test('nor a token server without HTTPS, of a registry with it', async () => {
    const { server } = await createAuthority();
    const listener: RequestListener = (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"' }).end();
    };
    const { host } = new URL(await serve(listener, { cert: server.certificate, key: server.key }));
    const access = { clock: systemClock, credentials, insecure: true, trustAnyCertificate: true };
    const http = createHttp({ loopback: true, privateRanges: false });
    const signal = AbortSignal.timeout(10_000);
    const { digestOf } = openRegistry(parseRepository(`oci://${host}/org/app`), { ...access, http, signal });
    const fault = await faultOf(digestOf('latest'), 'unauthorized');
    expect(fault.message).toContain('names a token server without HTTPS');
  });

  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/x',
    'http://[fd00:ec2::254]/x',
    'file:///etc/passwd',
  ])('not to %s, where the rule of egress forbids it', async (location) => {
    const { blob } = await registry(sending(location), { credentials });
    await faultOf(blob(BLOB, 1000), 'egress-denied');
  });

  test('nor to a token server there', async () => {
    for (const realm of ['http://169.254.169.254/token', 'http://10.0.0.1/token']) {
      const asking: RequestListener = (_request, response) =>
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
      await faultOf((await registry(asking, { credentials })).digestOf('latest'), 'egress-denied');
    }
  });

  test('a token that is no text of a header, or none, is refused', async () => {
    for (const token of ['a\r\nx: y', '', 7]) {
      const server = createServer((request, response) => {
        if (request.url?.startsWith('/token')) return response.end(JSON.stringify({ token }));
        const realm = `http://${request.headers.host}/token`;
        return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const http = createHttp({ loopback: true, privateRanges: false });
      const access = { http, clock: systemClock, credentials: undefined, insecure: true };
      const signal = AbortSignal.timeout(10_000);
      const { digestOf } = openRegistry(parseRepository(`oci://${host}/org/app`), { ...access, signal });
      await faultOf(digestOf('latest'), 'malformed');
    }
  });

  test('without insecure, nothing is asked in the open', async () => {
    const seen: unknown[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push(request.url);
      response.end('{}');
    };
    await faultOf((await registry(listener, { insecure: false })).digestOf('latest'), 'unreachable');
    expect(seen).toEqual([]);
  });
});
