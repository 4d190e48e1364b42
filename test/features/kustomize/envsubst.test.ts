import { describe, expect, it } from 'vitest';
import { envsubst } from '../../../shared/kustomize/envsubst.ts';
import { processorTime } from '../../processor-time.ts';

const VARIABLES = new Map(
  Object.entries({
    v: 'Hello/World.tar.gz',
    e: '',
    n: '3',
    neg: '-3',
    u: 'éàß日本',
    s: 'a/b/c',
    star: '*',
    longer: 'aaabbbaaab',
    A_1: 'x',
  }),
);

const ok = (text: string, result: string) => [text, result] as const;
const fails = (text: string, message: string) => [text, new Error(message)] as const;

/** What pkg/envsubst answers in strict mode, recorded by running it. */
const ANSWERS: Readonly<Record<string, readonly (readonly [string, string | Error])[]>> = {
  '[KS-45 plain]': [
    ok('a${v}b${n}c', 'aHello/World.tar.gzb3c'),
    ok('$v', '$v'),
    ok('${A_1}', 'x'),
    ok('${v}}', 'Hello/World.tar.gz}'),
    ok('$', '$'),
    ok('${e}', ''),
    fails('${v', 'missing closing brace'),
    fails('${}', 'unable to parse variable name'),
    fails('${v }', 'missing closing brace'),
    fails('${ v}', 'unable to parse variable name'),
  ],
  '[KS-45 length] [KS-46 bytes]': [
    ok('${#v}', '18'),
    ok('${#u}', '12'),
    ok('${u:0:2}', 'é'),
    ok('${u:2}', 'àß日本'),
  ],
  '[KS-45 case]': [
    ok('${u^}', 'Éàß日本'),
    ok('${u^^}', 'ÉÀß日本'),
    ok('${v,}', 'hello/World.tar.gz'),
    ok('${v,,}', 'hello/world.tar.gz'),
    fails('${v^^^}', 'bad substitution'),
  ],
  '[KS-45 substring]': [
    ok('${v:0:5}', 'Hello'),
    ok('${v:12}', 'tar.gz'),
    ok('${v:100}', ''),
    ok('${v:2:100}', 'llo/World.tar.gz'),
    ok('${v:${n}:${n}}', 'lo/'),
    ok('${v:abc}', 'Hello/World.tar.gz'),
    fails('${v:2:-10}', 'runtime error: slice bounds out of range [:-8]'),
    fails('${v:}', 'unable to parse substitution within function'),
  ],
  '[KS-45 trim]': [
    ok('${v#*/}', 'World.tar.gz'),
    ok('${v##*o}', 'rld.tar.gz'),
    ok('${v%.*}', 'Hello/World.tar'),
    ok('${v%%.*}', 'Hello/World'),
    ok('${v#Hel?o}', '/World.tar.gz'),
    ok('${v#[A-H]}', 'ello/World.tar.gz'),
    ok('${v#[^A-H]}', 'Hello/World.tar.gz'),
    ok('${v#[}', 'Hello/World.tar.gz'),
    ok('${longer%%a*b}', ''),
    ok('${longer%a*b}', 'aaabbbaa'),
    ok('${longer#${star}}', 'aabbbaaab'),
    fails('${longer#${star}b}', 'bad substitution'),
  ],
  '[KS-45 default]': [
    ok('${x:-d}', 'd'),
    ok('${x=d}', 'd'),
    ok('${x:=d}', 'd'),
    ok('${v:=d}', 'Hello/World.tar.gz'),
    ok('${e:-d}', 'd'),
    ok('${e=d}', 'd'),
    ok('${x:-}', ''),
    ok('${x:-a${n}b}', 'a3b'),
    ok('${x:=${v/o/${n}}}', 'Hell3/World.tar.gz'),
    ok('${x:-a:b/c#d%e}', 'a:b/c#d%e'),
    fails('${v:-${x}}', 'variable not set (strict mode): "x"'),
  ],
  '[KS-45 replace] [KS-46 literal]': [
    ok('${v/o/0}', 'Hell0/World.tar.gz'),
    ok('${v//o/0}', 'Hell0/W0rld.tar.gz'),
    ok('${v/#Hello/x}', 'x/World.tar.gz'),
    ok('${v/%gz/x}', 'Hello/World.tar.x'),
    ok('${v/o/}', 'Hell/World.tar.gz'),
    ok('${v/*o/x}', 'Hello/World.tar.gz'),
    ok('${s//\\//-}', 'a-b-c'),
    ok('${u//${e}/-}', '-é-à-ß-日-本-'),
    fails('${v/o}', 'bad substitution'),
    fails('${v//o}', 'bad substitution'),
  ],
  '[KS-46 minus-plus]': [
    fails('${v-d}', 'missing closing brace'),
    fails('${v+d}', 'missing closing brace'),
    fails('${v?d}', 'missing closing brace'),
  ],
  '[KS-46 alike]': [
    ok('${x:?d}', 'd'),
    ok('${x:+d}', 'd'),
    ok('${v:?d}', 'Hello/World.tar.gz'),
    ok('${v:+d}', 'Hello/World.tar.gz'),
  ],
  '[KS-46 dots]': [fails('${a.b}', 'missing closing brace'), fails('${A-1}', 'missing closing brace')],
  '[KS-46 offset]': [
    ok('${v:-3}', 'Hello/World.tar.gz'),
    ok('${x:-3}', '3'),
    ok('${v: -3}', 'Hello/World.tar.gz'),
    ok('${v:${neg}}', '.gz'),
  ],
  '[KS-47 collapses]': [
    ok('$$', '$'),
    ok('$$$$', '$$'),
    ok('$${v}', '${v}'),
    ok('pa$$word', 'pa$word'),
    ok('$$$${v}', '$${v}'),
    ok('${x:-a$$b}', 'a$$b'),
    ok('\\${v}', '\\Hello/World.tar.gz'),
  ],
  '[KS-44 unset]': [
    fails('${x}', 'variable not set (strict mode): "x"'),
    fails('${#x}', 'variable not set (strict mode): "x"'),
    fails('${x^^}', 'variable not set (strict mode): "x"'),
    fails('${x:1}', 'variable not set (strict mode): "x"'),
    fails('${x/a/b}', 'variable not set (strict mode): "x"'),
  ],
};

describe.each(Object.entries(ANSWERS))('%s', (tag, rows) => {
  it.each(rows)(`${tag} %s`, (text, expected) => {
    const substitute = () => envsubst(text, VARIABLES, true);

    if (typeof expected === 'string') expect(substitute()).toBe(expected);
    else expect(substitute).toThrow(expected);
  });
});

describe('outside strict mode', () => {
  it('[KS-44 lenient] an unset variable is empty', () => {
    expect(envsubst('a${x}b${#x}', VARIABLES, false)).toBe('ab0');
  });
});

describe('hostile text', () => {
  it('is refused when substitutions nest without end', () => {
    const deep = '${a:-'.repeat(50_000) + '}'.repeat(50_000);

    expect(() => envsubst(deep, VARIABLES, true)).toThrow(/nested too deeply/);
  });

  it('is refused when a glob would take for ever', () => {
    const long = new Map([['v', 'a'.repeat(1_000_000)]]);

    expect(() => envsubst('${v%%a*a*a*b}', long, true)).toThrow(/too long to trim/);
  });

  it.each([
    ['by naming a long value many times', '${v}'.repeat(9)],
    ['in a default', `\${x:-${'${v}'.repeat(9)}}`],
    ['by replacing each character', '${v//x/123456789}'],
  ])('is refused when it grows beyond what could be parsed, %s', (_, text) => {
    const long = new Map([['v', 'x'.repeat(1024 * 1024)]]);

    expect(() => envsubst(text, long, true)).toThrow(/^more than 8388608 bytes come of one resource/);
  });

  it('with many escapes is read in one pass', async () => {
    const text = '$$'.repeat(200_000);

    const cost = await processorTime(() => expect(envsubst(text, VARIABLES, true)).toBe('$'.repeat(200_000)));

    expect(cost).toBeLessThan(2000);
  });
});
