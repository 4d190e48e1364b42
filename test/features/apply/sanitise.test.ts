import { expect, test } from 'vitest';
import { withoutSecrets } from '../../../shared/apply/sanitise.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const secret = (data: object, more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x' },
  data,
  ...more,
});

test('[KS-74 errors] [KS-74 string-data] a message about a Secret shows neither encoded, decoded, quoted nor short values', () => {
  const data = { a: Buffer.from('s3cret\nline').toString('base64') };
  const object = secret(data, { stringData: { b: 'plain-text', n: 12 } });
  const message = `bad ${data.a} and s3cret\nline, "s3cret\\nline", plain-text: .stringData.n: expected string, got &value.valueUnstructured{Value:12}; data[a]: Invalid value: "x": no`;

  expect(withoutSecrets(message, object)).toBe(
    'bad *** and ***, "***", ***: .stringData.n: expected string, got &value.valueUnstructured{Value:***}; data[a]: Invalid value: ***: no',
  );
});

test('[KS-74 live] nor those that the Secret has in the cluster', () => {
  const live = secret({ a: Buffer.from('of-before').toString('base64') });

  expect(withoutSecrets('cannot change "of-before" to b', secret({}), live)).toBe('cannot change "***" to b');
});

test('messages about other kinds are left as they are', () => {
  const object = { ...secret({ a: 'long-value' }), kind: 'ConfigMap' };

  expect(withoutSecrets('about long-value', object)).toBe('about long-value');
});
