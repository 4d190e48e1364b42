import { describe, expect, test } from 'vitest';
import { scanJson } from '../../../../infra/local/cluster/http/go-json.ts';

describe('faults in the words of encoding/json', () => {
  test.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a":"b', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['\u001f\u008b', "invalid character '\\x1f' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a":1}x', "invalid character 'x' after top-level value"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['["\\x"]', "invalid character 'x' in string escape code"],
    ['["\\u12g4"]', "invalid character 'g' in \\u hexadecimal character escape"],
    ['[trap]', "invalid character 'a' in literal true (expecting 'u')"],
    ['[-x]', "invalid character 'x' in numeric literal"],
    ['[1.x]', "invalid character 'x' after decimal point in numeric literal"],
    ['[1ex]', "invalid character 'x' in exponent of numeric literal"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ])('%j', (text, error) => {
    expect(scanJson(text).error).toBe(error);
  });

  test('a text that JSON.parse takes has no fault', () => {
    const text = ' {"a":[1,-2.5e+3,true,false,null,"\\"\\u00e9\\n"],"é":{},"[":[]} ';

    JSON.parse(text);
    expect(scanJson(text)).toEqual({ duplicates: [] });
  });
});

describe('members that are there twice', () => {
  test('are told by their paths, each time again', () => {
    const text =
      '{"kind":"A","metadata":{"name":"x","name":"y"},"spec":{"ports":[{"p":1},{"p":1,"p":2,"p":3}]},"kind":"B"}';

    expect(scanJson(text).duplicates.map(({ path }) => path)).toEqual([
      'metadata.name',
      'spec.ports[1].p',
      'spec.ports[1].p',
      'kind',
    ]);
  });

  test('are found whatever way their names are written', () => {
    expect(scanJson('{"a":1,"\\u0061":2}').duplicates).toMatchObject([{ key: 'a', path: 'a' }]);
  });

  test('the same name in different objects is not twice', () => {
    expect(scanJson('{"a":{"a":1},"b":{"a":1}}').duplicates).toEqual([]);
  });
});
