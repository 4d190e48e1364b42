import { type KeyObject, sign } from 'node:crypto';
import { type PushTo, pushArtifact } from './oci-push.ts';

const CLAIM = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Signs a manifest as `cosign sign --key` does in its older form: a claim beside it, under a tag of its own. */
export async function signWithKey(to: PushTo, digest: string, key: KeyObject): Promise<void> {
  const claim = {
    critical: {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  };
  const body = Buffer.from(JSON.stringify(claim));
  const signature = sign('sha256', body, key).toString('base64');
  const annotations = { 'dev.cosignproject.cosign/signature': signature };
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', body: Buffer.from('{}') };
  await pushArtifact(to, `${digest.replace(':', '-')}.sig`, [{ mediaType: CLAIM, body, annotations }], {
    config,
  });
}
