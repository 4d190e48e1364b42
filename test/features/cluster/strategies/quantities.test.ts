import { expect, test } from 'vitest';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  inThousandths,
  isWhole,
  parseQuantity,
  type Quantity,
} from '../../../../infra/local/cluster/strategies/rules/quantity.ts';

function quantity(text: unknown): Quantity {
  const read = parseQuantity(text);
  return read ?? expect.fail(`${text} is no quantity`);
}

// Spelled as resource.Quantity of k8s.io/apimachinery spells them.
test.each([
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1025Ki', '1025Ki'],
  ['0.5Ki', '512'],
  ['1000k', '1M'],
  ['1e3', '1e3'],
  ['12e6', '12e6'],
  ['1e2', '100'],
  ['2048', '2048'],
  ['0Mi', '0'],
  ['.5', '500m'],
  ['-1', '-1'],
  ['+2', '2'],
  [4, '4'],
  [0.25, '250m'],
  ['9223372036854775807', '9223372036854775807'],
])('%s is written as %s', (text, written) => {
  expect(formatQuantity(quantity(text))).toBe(written);
});

test.each(['', 'abc', '1 Gi', '1Gb', '--1', '1.2.3', true, null, {}])('%s is no quantity', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test('what is finer than nano is rounded up, and resources are to thousandths', () => {
  expect(formatQuantity(quantity('0.0000000001'))).toBe('1n');
  expect(formatQuantity(inThousandths(quantity('1234567n')))).toBe('2m');
  expect(formatQuantity(inThousandths(quantity('-0.0001')))).toBe('-1m');
});

test('quantities of different units are compared and added', () => {
  expect(compareQuantities(quantity('1Gi'), quantity('1G'))).toBe(1);
  expect(compareQuantities(quantity('1000m'), quantity('1'))).toBe(0);
  expect(compareQuantities(quantity('-1'), quantity('1m'))).toBe(-1);
  expect(formatQuantity(addQuantities(quantity('1Gi'), quantity('512Mi')))).toBe('1536Mi');
  expect([isWhole(quantity('3')), isWhole(quantity('1500m'))]).toEqual([true, false]);
});
