import { describe, expect, test } from 'vitest';
import { nameOf, parseRepository } from '../../../shared/oci/repository.ts';
import { repositoriesIn } from '../../../shared/receive/payload-repositories.ts';
import { repositoryAddress } from '../../../shared/receive/repository-address.ts';
import { ociRepository } from '../../../shared/reconcile/oci-repository/effects.ts';
import { faultNow } from '../semver/fault-now.ts';

describe('the URL of a repository', () => {
  test.each([
    ['oci://ghcr.io/org/app', 'ghcr.io/org/app'],
    ['oci://localhost/app', 'localhost/app'],
    ['oci://localhost:5000/org/team/app', 'localhost:5000/org/team/app'],
    ['oci://[::1]:5000/app', '[::1]:5000/app'],
    ['oci://docker.io/org/app', 'index.docker.io/org/app'],
    ['oci://docker.io/app', 'index.docker.io/library/app'],
    ['oci://org/app', 'index.docker.io/org/app'],
  ])('[OCI-01 names] %s is %s', (url, name) => {
    expect(nameOf(parseRepository(url))).toBe(name);
  });

  test.each([
    ['oci://ghcr.io/org/app:1.0', "URL must not contain a tag; remove ':1.0'"],
    ['oci://localhost:5000/app:1.0', "URL must not contain a tag; remove ':1.0'"],
    [`oci://ghcr.io/app@sha256:${'0'.repeat(64)}`, 'URL must not contain a digest; remove'],
    ['oci://', 'a repository name must be specified'],
    ['https://ghcr.io/app', "URL must be in format 'oci://<domain>/<org>/<repo>'"],
    ['oci://ghcr.io/Org/app', 'repository can only contain the characters'],
    ['oci://ghcr.io/org/../../admin', 'repository can only contain the characters'],
    ['oci://ghcr.io//app', 'repository can only contain the characters'],
    ['oci://ghcr.io/org/app?x=y', 'repository can only contain the characters'],
    ['oci://ghcr.io/org/app#x', 'repository can only contain the characters'],
    ['oci://user:pass@ghcr.io/app', 'registries must be valid RFC 3986 URI authorities'],
    [`oci://ghcr.io/${'a'.repeat(256)}`, 'repository must be between 1 and 255 characters'],
    ['oci://ghcr.io/', 'repository must be between 1 and 255 characters'],
  ])('[OCI-01 tag] %s is none', (url, message) => {
    expect(faultNow(() => parseRepository(url), 'invalid').message).toContain(message);
  });
});

describe('a delivery about a repository', () => {
  test.each([
    [
      'oci://harbor.example.com/library/app',
      { event_data: { resources: [{ resource_url: 'harbor.example.com/library/app:1.0' }] } },
    ],
    ['oci://ghcr.io/org/app', { package: { package_version: { package_url: 'ghcr.io/org/app:latest' } } }],
    ['oci://localhost:5000/app', { url: 'localhost:5000/app@sha256:0123' }],
    ['oci://GHCR.io/org/app', { repository: 'https://ghcr.io/org/app' }],
  ])('of the fleet finds %s', (url, payload) => {
    expect(repositoriesIn(payload)).toContain(
      repositoryAddress(ociRepository.repositoryOf?.({ url } as never) ?? ''),
    );
  });
});
