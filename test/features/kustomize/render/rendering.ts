import { systemClock } from '../../../../shared/adapters/local/system.ts';
import { type Rendered, render } from '../../../../shared/kustomize/render/render.ts';
import { type YamlBudget, yamlBudget } from '../../../../shared/kustomize/yaml-budget.ts';
import { treeOf, walked } from '../world.ts';

/** What the renderer makes of files, after the walk. */
export async function renderedFiles(
  files: Readonly<Record<string, string>>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Rendered> {
  const { tree, violations } = await walked(treeOf(files), '');
  const first = violations[0];
  if (first) throw new Error(`${first.file}: ${first.message}`);
  const budget = (): YamlBudget => yamlBudget(systemClock, signal);
  return render(tree, '', { read: budget(), print: budget() });
}

/** The text of a rendering that must be handled. */
export async function printed(
  files: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const rendered = await renderedFiles(files, signal);
  if (!rendered.handled) throw new Error(rendered.why);
  return rendered.documents.map(({ text }) => text).join('---\n');
}

/** The names of the objects of a rendering that must be handled. */
export async function namesOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return [...(await printed(files)).matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name as string);
}

/** Why a rendering must be left to kustomize. */
export async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
  const rendered = await renderedFiles(files);
  if (rendered.handled) throw new Error(`handled: ${rendered.documents.length} objects`);
  return rendered.why;
}
