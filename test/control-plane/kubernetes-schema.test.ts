import { readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { readServer } from '../../infra/kubernetes-schema/read.ts';
import { tableOf, tableText } from '../../infra/kubernetes-schema/table-of.ts';

const TABLE = new URL('../../shared/core/kubernetes-schema/table.json', import.meta.url);
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };

// Groups of CRDs have three parts or more and are not below k8s.io.
const isCustom = (group: string) => group.includes('.') && !group.endsWith('.k8s.io');

test('the committed table is what the API server says now', async () => {
  const table = tableOf(await readServer(access, isCustom));

  expect(tableText(table)).toBe(readFileSync(TABLE, 'utf8'));
});
