import { expect, test } from 'vitest';
import { writeQuery } from '../../../shared/adapters/kubernetes/paths.ts';

test('a write names its manager, and has the server look for no unknown fields', () => {
  expect(writeQuery({ fieldManager: 'a&b c' })).toBe('?fieldManager=a%26b%20c&fieldValidation=Ignore');
  const query = new URLSearchParams(writeQuery({ fieldManager: 'flux', dryRun: true }, false));
  expect(Object.fromEntries(query)).toEqual({
    fieldManager: 'flux',
    force: 'false',
    dryRun: 'All',
    fieldValidation: 'Ignore',
  });
});
