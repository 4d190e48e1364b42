import { describe, expect, test } from 'vitest';
import {
  type ConditionRules,
  type ConditionStatus,
  hasStatus,
  removeConditions,
  setCondition,
  summarise,
  trimMessage,
} from '../../../shared/core/conditions.ts';
import { at, condition, NOW } from '../../builders.ts';

const later = new Date(NOW.getTime() + 60_900);
const seen = { generation: 2, now: later };
const draft = (type: string, status: ConditionStatus, message = 'm') => ({
  type,
  status,
  reason: 'Because',
  message,
});

describe('setting a condition', () => {
  test('a new one gets the time in whole seconds and the generation', () => {
    expect(setCondition([], draft('Ready', 'True'), seen)).toEqual([
      { ...draft('Ready', 'True'), observedGeneration: 2, lastTransitionTime: at(60) },
    ]);
  });

  test('its time moves with the status', () => {
    const [ready] = setCondition([condition('Ready', 'False')], draft('Ready', 'True'), seen);

    expect(ready?.lastTransitionTime).toBe(at(60));
  });

  test('its time stays when only reason, message or generation are new', () => {
    const [ready] = setCondition([condition('Ready', 'True')], draft('Ready', 'True', 'other'), seen);

    expect(ready).toEqual({
      ...draft('Ready', 'True', 'other'),
      observedGeneration: 2,
      lastTransitionTime: at(0),
    });
  });

  test('its time moves when a new attempt starts', () => {
    const before = [condition('Ready', 'False')];
    const [ready] = setCondition(before, draft('Ready', 'False'), { ...seen, newAttempt: true });

    expect(ready?.lastTransitionTime).toBe(at(60));
  });

  test('others stay as they are, in an order for readers', () => {
    const types = ['Healthy', 'Zoo', 'Ready', 'ArtifactInStorage', 'Reconciling', 'Stalled'];
    const old = condition('Abc', 'True', { observedGeneration: 1 });

    const all = types.reduce((some, type) => setCondition(some, draft(type, 'True'), seen), [
      old,
    ] as ReturnType<typeof setCondition>);

    // Stalled, Reconciling, Ready; then the newest generation; then by name.
    expect(all.map(({ type }) => type)).toEqual([
      'Stalled',
      'Reconciling',
      'Ready',
      'ArtifactInStorage',
      'Healthy',
      'Zoo',
      'Abc',
    ]);
    expect(all.at(-1)).toEqual(old);
  });

  test('[COM-13 sources] a message has at most 32768 characters, the cut marked by dots', () => {
    const [ready] = setCondition([], draft('Ready', 'False', 'x'.repeat(32_769)), seen);

    expect(ready?.message).toHaveLength(32_768);
    expect(ready?.message.endsWith('xx...')).toBe(true);
    expect(setCondition([], draft('Ready', 'False', 'x'.repeat(32_768)), seen)[0]?.message).not.toContain(
      '.',
    );
  });

  test('another cap can be given', () => {
    const [ready] = setCondition([], draft('Ready', 'False', 'x'.repeat(50)), { ...seen, maxMessage: 10 });

    expect(ready?.message).toBe('xxxxxxx...');
    expect(trimMessage('1234567890', 10)).toBe('1234567890');
  });
});

test('removing takes those of the types given, and finding goes by type and status', () => {
  const all = [condition('Ready', 'True'), condition('Stalled', 'True'), condition('Healthy', 'False')];

  expect(removeConditions(all, 'Stalled', 'Absent').map(({ type }) => type)).toEqual(['Ready', 'Healthy']);
  expect(hasStatus(all, 'Healthy', 'False')).toBe(true);
  expect(hasStatus(all, 'Healthy', 'True')).toBe(false);
  expect(hasStatus(undefined, 'Ready', 'True')).toBe(false);
});

const rules: ConditionRules = {
  summarised: ['Bad', 'Worse', 'Good', 'Fine'],
  negative: ['Bad', 'Worse'],
};
const of = (type: string, status: ConditionStatus) =>
  condition(type, status, { reason: `${type}Reason`, message: `${type} is ${status}` });

describe('[COM-09 polarity] Ready is merged from what is present', () => {
  test.each([
    ['nothing', [], undefined],
    ['true trouble alone', [of('Bad', 'True')], ['False', 'Bad']],
    ['a missing good alone', [of('Good', 'False')], ['False', 'Good']],
    ['a good alone', [of('Good', 'True')], ['True', 'Good']],
    ['no trouble alone', [of('Bad', 'False')], ['True', 'Bad']],
    ['something unknown alone', [of('Good', 'Unknown')], ['Unknown', 'Good']],
    ['trouble before a missing good', [of('Good', 'False'), of('Worse', 'True')], ['False', 'Worse']],
    ['a missing good before a good', [of('Good', 'True'), of('Fine', 'False')], ['False', 'Fine']],
    ['a good before no trouble', [of('Bad', 'False'), of('Good', 'True')], ['True', 'Good']],
    ['anything before something unknown', [of('Bad', 'Unknown'), of('Good', 'True')], ['True', 'Good']],
    [
      'of equals the first in the order of the kind',
      [of('Worse', 'True'), of('Bad', 'True')],
      ['False', 'Bad'],
    ],
    ['what is not summarised does not count', [of('Other', 'False')], undefined],
    ['Ready itself does not count', [of('Ready', 'False'), of('Fine', 'True')], ['True', 'Fine']],
  ] as const)('%s', (_name, present, expected) => {
    const summary = summarise(present, rules);

    expect(summary && [summary.status, summary.reason.replace('Reason', '')]).toEqual(expected);
    if (summary) expect(summary.message).toContain(` is `);
  });
});
