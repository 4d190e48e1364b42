import { expect, test } from 'vitest';
import { maskSecrets, withoutSecrets } from '../../../shared/apply/sanitise.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const secret = (data: object, more: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x' },
  data,
  ...more,
});

test('[KS-74 equal] [KS-74 changed] [KS-74 added-removed] values are masked, changed ones tell their side', () => {
  const before = secret({ token: 'abc', password: '123', gone: 'x' });
  const after = secret({ token: 'abc', password: '456', username: 'hello' });

  const masked = maskSecrets(before, after);

  expect(masked.before?.data).toEqual({ token: '***', password: '*** (before)', gone: '***' });
  expect(masked.after?.data).toEqual({ token: '***', password: '*** (after)', username: '***' });
  expect(before.data).toEqual({ token: 'abc', password: '123', gone: 'x' });
});

test('[KS-74 string-data] stringData is masked too, and what is no map altogether', () => {
  const masked = maskSecrets(undefined, secret({}, { data: 'oops', stringData: { a: 'b' } }));

  expect(masked.before).toBeUndefined();
  expect(masked.after).toMatchObject({ data: '***', stringData: { a: '***' } });
});

test('[KS-74 errors] a message about a Secret shows neither encoded, decoded, quoted nor short values', () => {
  const data = { a: Buffer.from('s3cret\nline').toString('base64') };
  const object = secret(data, { stringData: { b: 'plain-text', n: 12 } });
  const message = `bad ${data.a} and s3cret\nline, "s3cret\\nline", plain-text: .stringData.n: expected string, got &value.valueUnstructured{Value:12}; data[a]: Invalid value: "x": no`;

  expect(withoutSecrets(message, object)).toBe(
    'bad *** and ***, "***", ***: .stringData.n: expected string, got &value.valueUnstructured{Value:***}; data[a]: Invalid value: ***: no',
  );
});

test('messages about other kinds are left as they are', () => {
  const object = { ...secret({ a: 'long-value' }), kind: 'ConfigMap' };

  expect(withoutSecrets('about long-value', object)).toBe('about long-value');
});
