import { describe, expect, test } from 'vitest';
import { isFault } from '../../../shared/core/failures.ts';
import { decryptFile } from '../../../shared/decrypt/decrypt.ts';
import type { Format } from '../../../shared/decrypt/formats/formats.ts';

const unwrap = async () => new Uint8Array(32);
const SOPS = 'sops:\n  age: [{recipient: x, enc: y}]\n  mac: ENC[x]\n';

/** Hostile files; each has to be refused with a Fault, and none may run on. */
const FILES: readonly (readonly [name: string, format: Format, text: () => string, says: string])[] = [
  ['JSON of a million levels', 'json', () => '{"a":'.repeat(200_000), 'nested deeper'],
  [
    'names of a million levels',
    'dotenv',
    () => `sops_mac=x\nsops_${'a__map_'.repeat(500_000)}=x`,
    '32 levels',
  ],
  ['YAML of many levels', 'yaml', () => `a: ${'['.repeat(5_000)}\n${SOPS}`, 'nested deeper'],
  [
    'aliases of aliases',
    'yaml',
    () => {
      const of = (name: string) => `[${Array.from({ length: 9 }, () => name).join(', ')}]`;
      const names = [...'abcdefg'];
      const lines = names.map((name, at) => `${name}: &${name} ${of(at === 0 ? 'x' : `*${names[at - 1]}`)}`);
      return `${lines.join('\n')}\n${SOPS}`;
    },
    'excessive aliasing',
  ],
  ['an alias of itself', 'yaml', () => `a: &a [*a]\n${SOPS}`, 'contains itself'],
  [
    'a value that is nearly one',
    'yaml',
    () => `a: "ENC[AES256_GCM,data:${',iv:,tag:,type:'.repeat(50_000)}"\n${SOPS}`,
    'does not match',
  ],
  [
    'more master keys than are asked',
    'yaml',
    () => `a: b\nsops:\n  age:\n${'  - {recipient: x, enc: y}\n'.repeat(101)}`,
    'more than 100 master keys',
  ],
  [
    'a list of ten thousand million items',
    'dotenv',
    () => 'sops_mac=x\nsops_age__list_9999999999=x',
    'Incomplete list',
  ],
  ['metadata that is no mapping', 'json', () => '{"sops": "x"}', 'not a mapping'],
  ['two blocks of metadata', 'json', () => '{"sops": {}, "sops": {}}', 'duplicate'],
  ['two rules', 'yaml', () => `a: b\n${SOPS}  encrypted_regex: a\n  encrypted_suffix: b\n`, 'more than one'],
  ['a key that is a number', 'yaml', () => `1: b\n${SOPS}`, 'non-string key'],
  ['a document that is a list', 'yaml', () => '- a\n- b\n', 'sequences are not supported'],
  [
    'quotes that never end',
    'ini',
    () => `[sops]\nx = """${'y\n'.repeat(50_000)}`,
    'missing closing key quote',
  ],
];

describe('a hostile file is refused', () => {
  test.each(FILES)('%s', async (_name, format, text, says) => {
    const result = await decryptFile(Buffer.from(text()), { from: format, to: format }, unwrap).catch(
      (error: unknown) => error,
    );

    expect(isFault(result)).toBe(true);
    expect(String(result)).toContain(says);
  });

  test('an expression that others would take for ever for is matched at once', async () => {
    const text = `${'a'.repeat(60)}!: not encrypted\n${SOPS}  encrypted_regex: (a+)+$\n`;

    const plain = await decryptFile(Buffer.from(text), { from: 'yaml', to: 'yaml' }, unwrap);

    expect(Buffer.from(plain).toString()).toContain('not encrypted');
  });

  test.each(['[', '(?<x>a)(?!b)'])(
    'the expression %s, which Go cannot read, matches nothing',
    async (expression) => {
      const text = `a: as it is\n${SOPS}  encrypted_regex: '${expression}'\n`;

      const plain = await decryptFile(Buffer.from(text), { from: 'yaml', to: 'yaml' }, unwrap);

      expect(Buffer.from(plain).toString()).toBe('a: as it is\n');
    },
  );

  test('names of JavaScript are names like others', async () => {
    const text =
      '{"__proto__": {"constructor": "x"}, "sops": {"age": [{"__proto__": 1}], "encrypted_regex": "no"}}';

    const plain = await decryptFile(Buffer.from(text), { from: 'json', to: 'json' }, unwrap);

    expect(Buffer.from(plain).toString()).toBe('{\n\t"__proto__": {\n\t\t"constructor": "x"\n\t}\n}\n');
    expect(({} as { constructor: unknown }).constructor).toBe(Object);
  });
});
