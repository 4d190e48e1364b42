import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { REQUIRED, rules } from '../../../shared/api/schema.ts';
import { structuralSchemaOf } from '../../../shared/api/structural-schema.ts';

/** The schema of one field. */
function field(schema: z.ZodType): unknown {
  return structuralSchemaOf(z.object({ field: schema })).properties?.field;
}

describe('the structural schema', () => {
  test('of an object has its fields and no additionalProperties beside them', () => {
    const schema = z.looseObject({ a: z.string(), b: z.boolean().exactOptional() });

    expect(structuralSchemaOf(schema)).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'boolean' } },
      required: ['a'],
    });
  });

  test('of a map has the shape of its values', () => {
    const map = { type: 'object', additionalProperties: { type: 'integer' } };

    expect(field(z.record(z.string(), z.int()))).toEqual(map);
    expect(field(z.record(z.string(), z.unknown()))).toEqual({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });

  test('repeats a shared schema instead of referring to it', () => {
    const shared = z.object({ name: z.string() });
    const inline = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

    expect(structuralSchemaOf(z.object({ a: shared, b: shared })).properties).toEqual({
      a: inline,
      b: inline,
    });
  });

  test('writes a pattern as RE2 does, without escaped slashes outside of classes', () => {
    const pattern = (text: RegExp) => field(z.string().regex(text));

    expect(pattern(/^oci:\/\/.*$/)).toEqual({ type: 'string', pattern: '^oci://.*$' });
    expect(pattern(/^[^/\]\\]+\\\/$/)).toEqual({ type: 'string', pattern: String.raw`^[^/\]\\]+\\/$` });
  });

  test('keeps the bounds that are meant, and not those of every JavaScript integer', () => {
    expect(field(z.int())).toEqual({ type: 'integer' });
    expect(field(z.int().min(0).max(65_535))).toEqual({ type: 'integer', minimum: 0, maximum: 65_535 });
  });

  test('requires a field with a default only where it is marked', () => {
    const schema = z.object({
      plain: z.string().default('a'),
      marked: z.string().default('b').meta(REQUIRED),
    });

    expect(structuralSchemaOf(schema)).toEqual({
      type: 'object',
      properties: { plain: { type: 'string', default: 'a' }, marked: { type: 'string', default: 'b' } },
      required: ['marked'],
    });
  });

  test('carries CEL rules beside the description', () => {
    const schema = rules(z.object({}).describe('nothing'), { rule: 'true', message: 'fine' });

    expect(field(schema)).toEqual({
      type: 'object',
      description: 'nothing',
      'x-kubernetes-validations': [{ rule: 'true', message: 'fine' }],
    });
  });

  test('of an integer or a string is the marked form that servers know', () => {
    expect(field(z.union([z.int(), z.string()]))).toEqual({ 'x-kubernetes-int-or-string': true });
  });

  test('of several forms of one scalar has the type outside of the union', () => {
    const schema = z.union([z.string().max(3), z.string().regex(/^\/x/)]);

    expect(field(schema)).toEqual({ type: 'string', anyOf: [{ maxLength: 3 }, { pattern: '^/x' }] });
  });

  test('cannot be made of a union of objects, nor of what it has no word for', () => {
    const objects = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);

    expect(() => field(objects)).toThrow('.field: a union of object is not structural');
    expect(() => field(z.number().multipleOf(5))).toThrow('.field: no place for multipleOf');
  });
});
