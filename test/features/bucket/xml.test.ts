import { describe, expect, test } from 'vitest';
import { parseXml, textOf } from '../../../shared/artifact/bucket/xml.ts';
import { isFault } from '../../../shared/core/failures.ts';

function codeOf(text: string): string {
  try {
    parseXml(text);
    return 'none';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

describe('XML as S3 writes it', () => {
  test('is elements and text, with entities, CDATA, comments and namespaces', () => {
    const root = parseXml(
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- x --><s3:List xmlns:s3="http://a/>b"><Key>a&amp;b&#x3C;&#233;</Key><ETag>&quot;e&quot;</ETag><Empty/><Raw><![CDATA[<&]]></Raw></s3:List>\n',
    );

    expect(root.name).toBe('List');
    expect(['Key', 'ETag', 'Empty', 'Raw', 'None'].map((name) => textOf(root, name))).toEqual([
      'a&b<é',
      '"e"',
      '',
      '<&',
      undefined,
    ]);
  });

  test.each([
    ['a document type with entities', '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'],
    ['an entity of its own', '<x>&a;</x>'],
    ['a character that does not exist', '<x>&#x110000;</x>'],
    ['an end without a beginning', '<x></y></x>'],
    ['no end', '<x><y></y>'],
    ['a tag cut short', '<x><y a="'],
    ['a second document', '<x/><y/>'],
    ['text around it', 'hello <x/>'],
    ['nothing', ''],
    ['a page of HTML', '<html><body><p>Hi<br></body></html>'],
    ['more depth than S3 has', '<a>'.repeat(40) + '</a>'.repeat(40)],
    ['more elements than a page has', `<x>${'<a/>'.repeat(200_000)}</x>`],
  ])('is not %s', (_name, text) => {
    expect(codeOf(text)).toBe('malformed');
  });
});
