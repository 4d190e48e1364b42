import { isYamlMap, parseYamlDocuments } from '../../core/yaml.ts';
import { KUSTOMIZATION_FIELDS } from '../fields.ts';
import { joinInside } from '../paths.ts';
import { shapeObject } from '../shape.ts';
import { refuse } from './node.ts';
import type { Rendering } from './rendering.ts';
import type { Replacement } from './replacements.ts';

/** The replacements of a kustomization, those in files of their own read. Fault `unsupported`. */
export async function readReplacements(
  rendering: Rendering,
  entries: readonly Replacement[],
  path: string,
): Promise<readonly Replacement[]> {
  const read: Replacement[] = [];
  for (const entry of entries) {
    if (!entry.path) {
      read.push(entry);
      continue;
    }
    const file = joinInside(path, entry.path);
    const bytes = file === undefined ? undefined : rendering.tree.get(file);
    if (entry.source || entry.targets || bytes === undefined) refuse(`the replacements of ${entry.path}`);
    await rendering.budget.spend(bytes?.length ?? 0, entry.path);
    read.push(...(await shaped(new TextDecoder().decode(bytes))));
  }
  return read;
}

async function shaped(text: string): Promise<readonly Replacement[]> {
  const [document, ...more] = parseYamlDocuments(text);
  const list = Array.isArray(document) ? document : [document ?? null];
  if (more.length > 0 || !list.every(isYamlMap)) refuse('a file of replacements of another form');
  const odd = () => refuse('a file of replacements with other fields');
  const rules = { coerce: true, unknown: odd, refused: odd, mismatch: odd };
  const { replacements } = await shapeObject({ replacements: list }, KUSTOMIZATION_FIELDS, '', {
    ...rules,
    visit: async (_role, path) => (path === '' ? path : refuse('a file of replacements that names another')),
  });
  return (replacements ?? []) as unknown as readonly Replacement[];
}
