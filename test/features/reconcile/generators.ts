import type { ArtifactGenerator } from '../../../shared/api/artifact-generator.ts';
import { observedSourcesDigest } from '../../../shared/artifact/generator/observed-sources.ts';
import { artifact, condition } from '../../builders.ts';

/** What an output copies. */
export const copy = [{ from: '@src/a', to: '@artifact/' }];
/** The artifacts of its sources. */
export const sources = new Map([['src', artifact()]]);
/** Of what was made. */
export const digest = `sha256:${'1'.repeat(64)}`;
/** What was made. */
export const inventory = [{ name: 'made', namespace: 'apps', digest, filename: '1.tar.gz' }];

/** An ArtifactGenerator of GitRepository `podinfo` that was never reconciled. */
export function generator(
  changes: Partial<Omit<ArtifactGenerator, 'metadata'>> & { metadata?: object } = {},
) {
  return {
    apiVersion: 'source.extensions.fluxcd.io/v1beta1',
    kind: 'ArtifactGenerator',
    ...changes,
    metadata: {
      name: 'gen',
      namespace: 'apps',
      uid: 'g1',
      resourceVersion: '1',
      generation: 1,
      ...changes.metadata,
    },
    spec: {
      sources: [{ alias: 'src', kind: 'GitRepository', name: 'podinfo' }],
      artifacts: [{ name: 'made', copy }],
      ...changes.spec,
    },
  } as ArtifactGenerator;
}

/** One that has made its output. */
export const ready = (changes: Partial<ArtifactGenerator['status'] & object> = {}) =>
  generator({
    status: {
      conditions: [condition('Ready', 'True')],
      inventory,
      observedSourcesDigest: observedSourcesDigest(sources),
      ...changes,
    },
  });
