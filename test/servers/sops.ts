import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { buildPrograms, checkGo } from './go.ts';

const MODULE = join(import.meta.dirname, 'sops-module');
const PROGRAM = { name: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' };
/** Bytes of one file. */
const MAX_OUTPUT = 64 * 1024 * 1024;
/** What to tell someone who has no sops. */
const HOW_TO_BUILD = 'sops is not built: npm run servers (once, needs Go)';

/** The path of the real sops; undefined when it is not built yet. */
export function sopsProgram(): string | undefined {
  const path = join(directory(), PROGRAM.name);
  return existsSync(path) ? path : undefined;
}

/** Builds sops unless it is there. */
export async function buildSops(): Promise<string> {
  const present = sopsProgram();
  if (present !== undefined) return present;
  checkGo(MODULE);
  await buildPrograms('sops', MODULE, [PROGRAM], directory());
  return join(directory(), PROGRAM.name);
}

function directory(): string {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(MODULE, file)));
  return cacheDirectory('sops', ...pins);
}

/** How a file is encrypted or decrypted. */
export interface SopsOptions {
  /** `yaml`, `json`, `dotenv`, `ini` or `binary`. */
  readonly format: string;
  /** Flags such as `--age age1...` or `--encrypted-regex ^data$`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Text of a `.sops.yaml`. */
  readonly config?: string;
}

/** What the real sops makes of a plain file. */
export function sopsEncrypt(plain: Uint8Array | string, options: SopsOptions): Buffer {
  return run('encrypt', plain, options);
}

/** What the real sops makes of an encrypted file; the authentication code is not looked at, as by Flux. */
export function sopsDecrypt(encrypted: Uint8Array, options: SopsOptions): Buffer {
  return run('decrypt', encrypted, { ...options, flags: ['--ignore-mac', ...(options.flags ?? [])] });
}

function run(
  verb: string,
  input: Uint8Array | string,
  { format, flags = [], env, config }: SopsOptions,
): Buffer {
  const program = sopsProgram();
  if (program === undefined) throw new Error(HOW_TO_BUILD);
  const place = mkdtempSync(join(tmpdir(), 'sluice-sops-'));
  try {
    const file = join(place, 'file');
    writeFileSync(file, input);
    if (config !== undefined) writeFileSync(join(place, '.sops.yaml'), config);
    const formats = ['--input-type', format, '--output-type', format];
    return execFileSync(program, [verb, ...formats, ...flags, file], {
      cwd: place,
      env: { PATH: process.env.PATH, HOME: place, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: MAX_OUTPUT,
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
