import { inject } from 'vitest';
import { type Resource, readTemplate, resourcesOf, type Template } from '../../infra/deploy/template.ts';

/** A JSON value that is looked into without ceremony: absent is `undefined` all the way down. */
export interface Json {
  readonly [name: string]: Json;
}

/** The packaged template. */
export const template: Template = readTemplate(inject('package'));

/** The properties of a resource; throws when there is none. */
export function properties(id: string): Json {
  const found = template.Resources[id];
  if (found === undefined) throw new Error(`no resource ${id}`);
  return found.Properties as unknown as Json;
}

/** The resources of a type. */
export function ofType(type: string): readonly (readonly [string, Resource])[] {
  return resourcesOf(template, type);
}

/** The logical id of a function, a role, a queue ... by its short name. */
export function idOf(name: string, suffix: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}${suffix}`;
}

/** The functions that are deployed, by their short names. */
export const functionNames: readonly string[] = ofType('AWS::Lambda::Function').map(([id]) =>
  id.replace(/LambdaFunction$/, '').toLowerCase(),
);

/** A reference as text: `Queue.Arn`, `Bucket.Arn/hooks/*`. */
export function told(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': joined,
    'Fn::Sub': text,
  } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref;
  if (Array.isArray(attribute)) return attribute.join('.');
  if (Array.isArray(joined)) return (joined[1] as readonly unknown[]).map(told).join(joined[0]);
  if (typeof text === 'string') return text;
  throw new Error(`what is ${JSON.stringify(value)}?`);
}

/** One or many, as many. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
