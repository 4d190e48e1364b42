import { readFileSync } from 'node:fs';
import { convertIndex } from '../../shared/helm/index/read.ts';

/** Converts the index in a file once, and prints milliseconds and the most MiB that the process held. */
const bytes = readFileSync(process.argv[2] ?? '');
const start = performance.now();
convertIndex(bytes);
const time = performance.now() - start;
console.log(time, process.resourceUsage().maxRSS / 1024);
