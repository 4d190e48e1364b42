import { Fault, isFault, messageOf } from '../core/failures.ts';
import { printGoYaml } from '../core/go-yaml/print.ts';
import { toJson } from '../core/json.ts';
import type { YamlMap } from '../core/yaml.ts';
import { type BuiltDocument, kindText, nameOf } from './documents.ts';
import type { BuildDecryptor } from './encrypted-files.ts';
import type { NodeMap } from './render/node.ts';
import { printable } from './render/node.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** The resources with what was encrypted in them in plain text (KS-52). Fault in upstream's words. */
export async function decryptResources(
  documents: readonly BuiltDocument[],
  decryptor: BuildDecryptor,
  budget: YamlBudget,
): Promise<readonly BuiltDocument[]> {
  const results: BuiltDocument[] = [];
  for (const document of documents) results.push(await decrypted(document, decryptor, budget));
  return results;
}

async function decrypted(
  document: BuiltDocument,
  decryptor: BuildDecryptor,
  budget: YamlBudget,
): Promise<BuiltDocument> {
  const { object } = document;
  try {
    const plain = await decryptor.resource(object);
    if (plain === undefined) return document;
    const text = textOf(plain);
    await budget.spend(text.length, `${kindText(object)}/${nameOf(object)}`);
    return { text, object: plain };
  } catch (error) {
    if (!isFault(error)) throw error;
    const what = `decryption failed for '${kindText(object)}/${nameOf(object)}'`;
    throw new Fault(error.code, `${what}: ${messageOf(error)}`, error.data, error);
  }
}

/** As kustomize would print it, for the sake of what is substituted; where it might print otherwise, JSON says the same. */
function textOf(object: YamlMap): string {
  try {
    return printGoYaml(object as NodeMap, printable).text;
  } catch (error) {
    if (!isFault(error, 'unsupported')) throw error;
    return `${toJson(object)}\n`;
  }
}
