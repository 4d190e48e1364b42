import { expect, test } from 'vitest';
import { createNewsLog } from '../../../shared/adapters/local/news-log.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';

test('what an object repeats is written once, until it says something else', () => {
  const written = createCollectingLog();
  const log = createNewsLog(written);

  for (let retry = 0; retry < 3; retry++) {
    log.warn('Kustomization/apps/a BuildFailed: line 3');
    log.warn('Kustomization/apps/b BuildFailed: line 3');
  }
  log.info('Kustomization/apps/a Progressing: applied');
  log.warn('Kustomization/apps/a BuildFailed: line 3');

  expect(written.entries.map(({ message }) => message)).toEqual([
    'Kustomization/apps/a BuildFailed: line 3',
    'Kustomization/apps/b BuildFailed: line 3',
    'Kustomization/apps/a Progressing: applied',
    'Kustomization/apps/a BuildFailed: line 3',
  ]);
});

test('what is about no object, and every error, is always written', () => {
  const written = createCollectingLog();
  const log = createNewsLog(written);

  for (let time = 0; time < 2; time++) {
    log.warn('watch broken', { kind: 'Bucket' });
    log.error('Kustomization/apps/a failed');
  }

  expect(written.entries.length).toBe(4);
});
