import { badRequest } from '../../api-error.ts';
import type { Entry, ResourceType } from '../../model.ts';
import { toObject } from '../../store/entry.ts';
import { selectableFields } from './selectable-fields.ts';

/** Whether an entry is selected by its fields. */
export type FieldSelector = (entry: Entry) => boolean;

interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Reads a field selector; undefined selects everything. Throws 400 in the API server's words. */
export function fieldSelector(text: string | undefined, type: ResourceType): FieldSelector | undefined {
  if (text === undefined || text === '') return undefined;
  const known = selectableFields(type);
  const terms = termsOf(text);
  for (const { field } of terms) {
    const isName = field === 'metadata.name' || (field === 'metadata.namespace' && known.hasNamespace);
    if (!isName && !known.readers[field]) throw badRequest(known.refuses(field));
  }
  const looksInside = terms.some(({ field }) => known.readers[field] !== undefined);
  return (entry) => {
    const object = looksInside ? toObject(entry, type) : undefined;
    return terms.every(({ field, equal, value }) => {
      const reader = known.readers[field];
      const found =
        object && reader ? reader(object) : field === 'metadata.name' ? entry.name : entry.namespace;
      return (found === value) === equal;
    });
  };
}

/** The one name that a selector of fields leaves; empty when there is none, or it is no selector. */
export function selectedName(text: string): string {
  if (!text.includes('metadata.name')) return '';
  try {
    const term = termsOf(text).find(({ field, equal }) => equal && field === 'metadata.name');
    return term && /^(?!\.\.?$)[^/%]+$/.test(term.value) ? term.value : '';
  } catch {
    return '';
  }
}

/** Split at commas that no backslash precedes. */
function termsOf(text: string): readonly Term[] {
  return (text.match(/(?:\\.|[^,\\])+/gs) ?? []).map(readTerm);
}

function readTerm(term: string): Term {
  const parts = /^((?:\\.|[^=!\\])*)(==|!=|=)(.*)$/s.exec(term);
  if (!parts) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = parts;
  return { field, equal: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') };
}
