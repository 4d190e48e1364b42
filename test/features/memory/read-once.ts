import { readFileSync } from 'node:fs';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { readIndex } from '../../../shared/artifact/bucket/bucket-index.ts';
import { packBucket } from '../../../shared/artifact/bucket/pack-bucket.ts';
import { s3Address } from '../../../shared/artifact/bucket/s3-address.ts';
import { openS3 } from '../../../shared/artifact/bucket/s3-reader.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { packLayer } from '../../../shared/artifact/pack-layer.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { parseYamlDocuments } from '../../../shared/core/yaml.ts';
import { convertIndex } from '../../../shared/helm/index/read.ts';

// A process of its own, so that its memory is that of one worker: `node read-once.ts layer|index|yaml|bucket <file or host>`
// prints what came of it, and the most MiB that were held.
const [kind = '', place = ''] = process.argv.slice(2);

const READERS: Readonly<Record<string, () => unknown>> = {
  layer: () => packLayer(readFileSync(place), undefined, DEFAULT_LIMITS),
  index: () => convertIndex(readFileSync(place)),
  yaml: () => parseYamlDocuments(readFileSync(place, 'utf8')),
  bucket: async () => {
    const http = createHttp({ loopback: true, privateRanges: false });
    const access = { http, clock: systemClock, credentials: undefined, signal: AbortSignal.timeout(120_000) };
    const where = { endpoint: place, bucketName: 'bucket', insecure: true };
    const reader = openS3(s3Address(where), access);
    const rules = { prefix: '', ignore: undefined };
    return packBucket(reader, await readIndex(reader, rules, DEFAULT_LIMITS), DEFAULT_LIMITS);
  },
};

async function outcome(): Promise<string> {
  try {
    await READERS[kind]?.();
    return 'read';
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.code;
  }
}

const came = await outcome();
process.stdout.write(`${came} ${Math.round(process.resourceUsage().maxRSS / 1024)}\n`);
