import { expect, test } from 'vitest';
import { cyclesOf, graphOf, impureDecisions } from './architecture/graph.ts';
import { importFaults } from './architecture/imports.ts';
import {
  banFaults,
  lengthFaults,
  nameFaults,
  powerFaults,
  sizesOf,
  valueFaults,
} from './architecture/rules.ts';
import { readSources } from './architecture/sources.ts';

const product = readSources('{shared,functions,infra}/**/*.ts');
const tests = readSources('test/**/*.ts');
const everything = [...product, ...tests];
const graph = graphOf(product);

test('every import is in the table', () => {
  expect(product.flatMap(importFaults)).toEqual([]);
});

test('no file imports itself in the end', () => {
  expect(cyclesOf(graph)).toEqual([]);
});

test('what decides does not lead to what acts', () => {
  expect(impureDecisions(graph)).toEqual([]);
});

test('ports are types only', () => {
  expect(product.filter(({ path }) => /^shared\/ports[./]/.test(path)).flatMap(valueFaults)).toEqual([]);
});

test('every power is used by its owner alone', () => {
  expect(product.flatMap(powerFaults)).toEqual([]);
});

test('no source has a default export, any, an enum, a silenced compiler or a double', () => {
  expect(everything.flatMap(banFaults)).toEqual([]);
});

test('files are named after what they hold', () => {
  expect(everything.flatMap(({ path }) => nameFaults(path))).toEqual([]);
});

test('no file is longer than 300 lines', ({ annotate }) => {
  expect(everything.flatMap(lengthFaults)).toEqual([]);

  const { files, median, p90, max } = sizesOf(product);
  return annotate(`${files} files: median ${median} lines, p90 ${p90}, longest ${max}`);
});
