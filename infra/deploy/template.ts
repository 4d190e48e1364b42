import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

/** A CloudFormation template, as osls writes it. */
export interface Template {
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

/** Where `makePackage` left the template that a deployment applies. */
export function templateFile(directory: string): string {
  return join(directory, 'cloudformation-template-update-stack.json');
}

/** The template of the package in `directory`. */
export function readTemplate(directory: string): Template {
  return JSON.parse(readFileSync(templateFile(directory), 'utf8')) as Template;
}

/** The resources of one type, by their logical id. */
export function resourcesOf({ Resources }: Template, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}
