import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { create, edit } from './drive.ts';
import { useWorld } from './setting.ts';

const setting = useWorld('bucket-rules');
const s3 = useS3(setting);

describe('the rules of the CRD', () => {
  const ldap = { provider: 'ldap', endpoint: 'https://sts.example.com' };
  const aws = { provider: 'aws', endpoint: 'https://sts.example.com' };
  test.each<[string, object, string]>([
    [
      '[BK-02 sts-providers] gcp',
      { provider: 'gcp', sts: aws },
      "only supported for the 'aws' and 'generic'",
    ],
    ['[BK-02 sts-providers] aws', { provider: 'aws', sts: ldap }, "'aws' is the only supported STS provider"],
    [
      '[BK-02 sts-providers] generic',
      { provider: 'generic', sts: aws },
      "'ldap' is the only supported STS provider",
    ],
    [
      '[BK-02 sts-secrets] Secret',
      { provider: 'aws', sts: { ...aws, secretRef: { name: 'x' } } },
      'sts.secretRef is not required',
    ],
    [
      '[BK-02 sts-secrets] certificate',
      { provider: 'aws', sts: { ...aws, certSecretRef: { name: 'x' } } },
      'sts.certSecretRef is not required',
    ],
    [
      '[BK-02 service-account] generic',
      { serviceAccountName: 'x', secretRef: null },
      "not supported for the 'generic'",
    ],
    ['[BK-02 service-account] both', { provider: 'aws', serviceAccountName: 'x' }, 'cannot set both'],
  ])('%s', async (_name, spec, message) => {
    const refusal = create(setting.world, bucket(s3, setting, 'ruled', spec));

    await expect(refusal).rejects.toThrow(message);
  });

  test('[BK-01 defaults] provider and timeout', async () => {
    const { bucketName, endpoint, interval } = bucket(s3, setting, 'defaults').spec as Record<string, string>;
    const object: KubernetesObject = {
      ...bucket(s3, setting, 'defaults'),
      spec: { bucketName, endpoint, interval },
    };
    await create(setting.world, object);

    const created = await setting.world.cluster.get(bucketAt(setting, 'defaults'));
    expect(created?.spec).toEqual({ bucketName, endpoint, interval, provider: 'generic', timeout: '60s' });
    await edit(setting.world, bucketAt(setting, 'defaults'), { spec: { suspend: true } });
  });
});
