import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { mergeResults, readResults, type TagState, writeResults } from './results.ts';
import { type Tag, tagsIn } from './tags.ts';

/** Collects which tags `[ROW fact]` of finished tests passed or failed, file by file, into results.json. */
export function parityReporter(): Reporter {
  let root = '.';
  return {
    onInit(vitest: Vitest) {
      root = vitest.config.root;
    },
    onTestRunEnd(modules: readonly TestModule[]) {
      const fresh = Object.fromEntries(
        modules.map((module) => [relative(root, module.moduleId), tagStates(module)]),
      );
      writeResults(mergeResults(readResults(), fresh, (file) => existsSync(join(root, file))));
    },
  };
}

function tagStates(module: TestModule): Record<Tag, TagState> {
  const states: Record<Tag, TagState> = {};
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state !== 'passed' && state !== 'failed') continue;
    for (const tag of tagsIn(test.fullName)) {
      states[tag] = state === 'failed' || states[tag] === 'fail' ? 'fail' : 'pass';
    }
  }
  return states;
}
