import { describe, expect, test } from 'vitest';
import type { HelmChart } from '../../../shared/api/helm-chart.ts';
import type { PickedChart } from '../../../shared/reconcile/helm-chart/repository.ts';
import { verifyChart } from '../../../shared/reconcile/helm-chart/verify.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { type Contents, cosignVectors, registryOf } from '../oci/vectors.ts';

const { trustedRoot, signed } = cosignVectors();
const CANDIDATE = { name: 'app', version: '1.0.0', isPackaged: false };
const URL = 'oci://charts.example/app:1.0.0';

/**
 * What becomes of a chart in a registry of these contents. A HelmChart has no field for another root than that of
 * Sigstore's public service, which signs nothing for a test; what verifies reads it all the same.
 */
function verified({ digest, manifests, blobs }: Contents, matchOIDCIdentity?: readonly object[]) {
  const data = { 'trusted_root.json': Buffer.from(JSON.stringify(trustedRoot)).toString('base64') };
  const cluster = { get: async () => ({ data }) };
  const verify = {
    provider: 'cosign',
    trustedRootSecretRef: { name: 'root' },
    ...(matchOIDCIdentity && { matchOIDCIdentity }),
  };
  const chart = { metadata: { namespace: 'apps', name: 'app' }, spec: { verify } } as unknown as HelmChart;
  const registry = registryOf({ digest, manifests, blobs });
  const repository = { registry: 'charts.example', path: 'app' };
  const picked = { url: URL, signed: async () => ({ repository, registry, digest }) } as Partial<PickedChart>;
  const opened = { from: 'repository', picked: picked as PickedChart } as const;
  return verifyChart(chart, CANDIDATE, opened, { cluster } as unknown as Scope);
}

const refusal = (message: string) => ({
  trouble: {
    condition: 'BuildFailed',
    reason: 'ChartVerificationError',
    message: expect.stringContaining(`chart verification error: failed to verify ${URL}: ${message}`),
    unverified: expect.stringContaining(message),
  },
});

describe.each(['keyless-bundle', 'keyless-claim'] as const)('a chart with %s of the real cosign', (name) => {
  test('[HC-02 keyless] is verified for whoever is asked for', async () => {
    const message = 'verified signature of version 1.0.0';
    const signer = { issuer: '^https://issuer\\.example$', subject: '^signer@example\\.com$' };
    const other = { issuer: '.*', subject: '^other@' };

    expect(await verified(signed[name], [other, signer])).toEqual({ verified: { message } });
    expect(await verified(signed[name])).toEqual({ verified: { message } });
  });

  test("[HC-02 keyless] is refused with a stranger's signature", async () => {
    const other = { issuer: '.*', subject: '^other@example\\.com$' };

    expect(await verified(signed[name], [other])).toMatchObject(
      refusal('no matching signatures: none of the expected identities'),
    );
  });

  test('[HC-02 keyless] is refused with a signature of something else', async () => {
    const { digest, manifests, blobs } = signed[name];
    const changed = `sha256:${'1'.repeat(64)}`;
    const text = JSON.stringify(manifests).replaceAll(digest.replace(':', '-'), changed.replace(':', '-'));
    const moved = JSON.parse(text) as Contents['manifests'];
    const subjects = Object.entries(moved).map(([at, { mediaType, text: body }]) => {
      const isSubject = at === digest;
      return [isSubject ? changed : at, { mediaType, text: body.replaceAll(digest, changed) }] as const;
    });

    const judged = await verified({ digest: changed, manifests: Object.fromEntries(subjects), blobs });

    expect(judged).toMatchObject(refusal('no matching signatures: '));
  });
});

test('[HC-02 keyless] a chart without a signature, or with one that is made with a key, is refused', async () => {
  const { digest, manifests } = signed['key-bundle'];
  const bare = { [digest]: manifests[digest] } as Contents['manifests'];

  expect(await verified({ digest, manifests: bare, blobs: {} })).toMatchObject(
    refusal('no signatures found'),
  );
  expect(await verified(signed['key-bundle'])).toMatchObject(refusal('no matching signatures: '));
});
