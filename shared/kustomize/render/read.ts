import { readYamlFully } from '../../core/yaml-blocks/full.ts';
import { readYamlBlocks } from '../../core/yaml-blocks/read.ts';
import { isMap, type Node, plainNode, refuse } from './node.ts';

/** Every document of a text as kustomize holds it, empty ones left out. Fault `unsupported` for tags, rare syntax and errors. */
export function readNodes(bytes: Uint8Array | string, what: string): readonly Node[] {
  const text = textOfBytes(bytes, what);
  const options = { resolve: plainNode, strict: true, block: checkBlock };
  const documents = readYamlBlocks(text, options) ?? readYamlFully(text, options);
  if (documents === undefined)
    return refuse(`the YAML of ${what}: tags, rare syntax or an error`, { unread: what });
  return (documents as readonly (Node | undefined)[]).filter(
    (document): document is Node => document !== undefined && document !== null && !isEmpty(document),
  );
}

function isEmpty(document: Node): boolean {
  return isMap(document) && Object.keys(document).length === 0;
}

function textOfBytes(bytes: Uint8Array | string, what: string): string {
  if (typeof bytes === 'string') return lines(bytes);
  try {
    return lines(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refuse(`the bytes of ${what}, which are no UTF-8`);
  }
}

/** kustomize reads Windows' line ends as its own. */
function lines(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}

/** kustomize writes every scalar in its own style once more, and what go-yaml v3 writes of some reads as something else, or not at all. */
function checkBlock(text: string, style: '|' | '>'): void {
  if (/^[ \n]*\t/.test(text)) refuse('a block that begins with a tab');
  const folded = style === '>' && /^[ \n]|\n[ \t]|\n\n$/.test(text);
  if (folded) refuse('a folded block with indented lines, or with blank ones at an end');
}
