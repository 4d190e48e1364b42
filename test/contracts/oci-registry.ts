import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../shared/core/digests.ts';
import { inParallel } from '../../shared/core/together.ts';
import { parseIndex, parseManifest } from '../../shared/oci/manifest.ts';
import { type Descriptor, FLUX, INDEX, pushArtifact, pushBlob, pushManifest } from '../servers/oci-push.ts';
import type { OciServer } from '../servers/oci-server.ts';
import { faultOf } from './fault-of.ts';
import { repositoryAt } from './oci-world.ts';

const LAYER = { mediaType: FLUX.content, body: Buffer.from('a layer') };
const SIGNATURE = 'application/vnd.test.signature';

/** What any registry has to do for us; one may lack the referrers API, so that clients keep its tag, or more than one page. */
export function registryContract(
  name: string,
  start: () => Promise<OciServer>,
  { hasReferrers, hasPages }: { readonly hasReferrers: boolean; readonly hasPages: boolean },
): void {
  describe(name, () => {
    let server: OciServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());
    const to = (repository: string) => ({ url: server.url, repository });

    test('a tag is resolved, and what it stands for is read and checked', async () => {
      const pushed = await pushArtifact(to('org/app'), '1.0.0', [LAYER], { annotations: { a: 'b' } });
      const repository = repositoryAt(server.host, 'org/app');

      expect(await repository.digestOf('1.0.0')).toBe(pushed.digest);
      const raw = await repository.manifest(pushed.digest);
      const { layers, annotations } = parseManifest(raw);
      expect([raw.digest, annotations]).toEqual([pushed.digest, { a: 'b' }]);
      const [layer] = layers;
      expect(layer).toMatchObject({ mediaType: FLUX.content, size: LAYER.body.length });
      const body = await repository.blob(layer as Descriptor, 1000);
      expect(Buffer.from(body).toString()).toBe('a layer');
    });

    test('a blob of other bytes or another size than announced is none', async () => {
      const { digest } = await pushBlob(to('org/blobs'), LAYER);
      const repository = repositoryAt(server.host, 'org/blobs');
      const { mediaType } = LAYER;

      await faultOf(repository.blob({ mediaType, digest, size: 6 }, 1000), 'malformed');
      await faultOf(repository.blob({ mediaType, digest, size: 2000 }, 1000), 'too-large');
      const other = `sha256:${sha256Hex('other')}`;
      await faultOf(repository.blob({ mediaType, digest: other, size: 5 }, 1000), 'not-found');
    });

    test('what is not there is not found', async () => {
      const repository = repositoryAt(server.host, 'org/nothing');
      await faultOf(repository.digestOf('latest'), 'not-found');
      await faultOf(repository.manifest(`sha256:${sha256Hex('x')}`), 'not-found');
      await faultOf(repository.tags(), 'not-found');
      expect(await repository.referrers(`sha256:${sha256Hex('x')}`)).toEqual([]);
    });

    test('every tag is listed, also of more than one page', async () => {
      const pushed = await pushArtifact(to('org/tags'), 't0', [LAYER]);
      const repository = repositoryAt(server.host, 'org/tags');
      const raw = await repository.manifest(pushed.digest);
      const manifest: unknown = JSON.parse(Buffer.from(raw.bytes).toString());
      const tags = Array.from({ length: hasPages ? 1003 : 100 }, (_, index) => `t${index}`);
      await inParallel(tags.slice(1), 16, async (tag) => {
        await pushManifest(to('org/tags'), tag, raw.mediaType, manifest);
      });

      expect([...(await repository.tags())].toSorted()).toEqual(tags.toSorted());
    });

    test('[OCI-13 referrers] what refers to an artifact is found, by the API or by the tag that stands in for it', async () => {
      const subject = await pushArtifact(to('org/signed'), 'latest', [LAYER]);
      const options = { subject, artifactType: SIGNATURE };
      const signature = await pushArtifact(to('org/signed'), undefined, [LAYER], options);
      if (!hasReferrers) {
        // As clients have to, where the registry does not keep the list.
        const manifests = [{ ...signature, artifactType: SIGNATURE }];
        const index = { schemaVersion: 2, mediaType: INDEX, manifests };
        await pushManifest(to('org/signed'), subject.digest.replace(':', '-'), INDEX, index);
      }
      const repository = repositoryAt(server.host, 'org/signed');

      const found = await repository.referrers(subject.digest);

      expect(found.map(({ digest }) => digest)).toEqual([signature.digest]);
      expect(await repository.referrers(signature.digest)).toEqual([]);
    });

    test('an index is read', async () => {
      const child = await pushArtifact(to('org/index'), undefined, [LAYER]);
      const index = { schemaVersion: 2, mediaType: INDEX, manifests: [child] };
      const { digest } = await pushManifest(to('org/index'), 'latest', INDEX, index);
      const repository = repositoryAt(server.host, 'org/index');

      expect(await repository.digestOf('latest')).toBe(digest);
      expect(parseIndex(await repository.manifest(digest))).toMatchObject([{ digest: child.digest }]);
    });
  });
}
