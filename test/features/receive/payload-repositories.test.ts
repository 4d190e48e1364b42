import { describe, expect, test } from 'vitest';
import { payloadOf } from '../../../shared/receive/delivery.ts';
import { repositoriesIn } from '../../../shared/receive/payload-repositories.ts';

describe('the repositories that a payload names', () => {
  test("of GitHub's push, and Gitea's, are one", () => {
    const repository = {
      id: 35129377,
      url: 'https://github.com/Codertocat/Hello-World',
      html_url: 'https://github.com/Codertocat/Hello-World',
      git_url: 'git://github.com/Codertocat/Hello-World.git',
      ssh_url: 'git@github.com:Codertocat/Hello-World.git',
      clone_url: 'https://github.com/Codertocat/Hello-World.git',
    };

    expect(
      repositoriesIn({ ref: 'refs/tags/simple-tag', repository, sender: { url: 'https://api/x/y' } }),
    ).toEqual(['github.com/codertocat/hello-world']);
  });

  test("of GitLab's push, whose SSH host may have another name", () => {
    const payload = {
      object_kind: 'push',
      project: {
        web_url: 'http://example.com/mike/diaspora',
        git_ssh_url: 'git@ssh.example.com:mike/diaspora.git',
        git_http_url: 'http://example.com/mike/diaspora.git',
      },
      repository: { url: 'git@ssh.example.com:mike/diaspora.git', homepage: 'http://other.example.com/a' },
    };

    expect(repositoriesIn(payload).toSorted()).toEqual([
      'example.com/mike/diaspora',
      'ssh.example.com/mike/diaspora',
    ]);
  });

  test("of Harbor's, by the images that were pushed", () => {
    const resource = (tag: string) => ({
      digest: 'sha256:aa',
      tag,
      resource_url: `hub.harbor.com/library/debian:${tag}`,
    });
    const repository = { name: 'debian', namespace: 'library', repo_full_name: 'library/debian' };

    const event_data = { resources: [resource('latest'), resource('12')], repository };
    expect(repositoriesIn({ type: 'PUSH_ARTIFACT', event_data })).toEqual(['hub.harbor.com/library/debian']);
  });

  test("of GitHub's packages", () => {
    const found = {
      html_url: 'https://github.com/users/octocat/packages/container/package/hello',
      package_version: { package_url: 'ghcr.io/octocat/hello:latest' },
    };

    expect(repositoriesIn({ action: 'published', package: found })).toContain('ghcr.io/octocat/hello');
    expect(repositoriesIn({ action: 'published', registry_package: found })).toContain(
      'ghcr.io/octocat/hello',
    );
  });

  test('of what somebody writes by hand', () => {
    expect(repositoriesIn({ url: 'https://host/a/b' })).toEqual(['host/a/b']);
    expect(repositoriesIn({ repository: 'git@host:a/b.git' })).toEqual(['host/a/b']);
  });

  test.each([
    undefined,
    null,
    'text',
    [],
    {},
    {
      repository: null,
      project: [],
      package: 1,
      event_data: { resources: {} },
      url: { url: 'https://host/a' },
    },
    { repository: { clone_url: 5, ssh_url: ['git@host:a/b'] }, event_data: { resources: [null, 1, {}] } },
  ])('are none in %j', (payload) => {
    expect(repositoriesIn(payload)).toEqual([]);
  });

  test('are a hundred at most', () => {
    const resources = Array.from({ length: 500 }, (_, index) => ({ resource_url: `host/a/b${index}` }));

    expect(repositoriesIn({ event_data: { resources } })).toHaveLength(100);
  });
});

describe('the payload of a delivery', () => {
  const read = (type: string, body: string | Uint8Array): unknown =>
    payloadOf({ headers: { 'content-type': type }, body: Buffer.from(body as string) });

  test('[RC-26 form] of a form is its field payload', () => {
    const form = new URLSearchParams({ payload: '{"a":"ä & b"}', more: '1' }).toString();

    expect(read('application/x-www-form-urlencoded; charset=utf-8', form)).toEqual({ a: 'ä & b' });
    expect(read('application/x-www-form-urlencoded', 'payload=%')).toBeUndefined();
    expect(read('application/x-www-form-urlencoded', '{"a":1}')).toBeUndefined();
  });

  test('is none where there is no JSON', () => {
    for (const body of ['', '{', 'null]']) expect(read('application/json', body)).toBeUndefined();
    expect(read('application/json', new Uint8Array([0x22, 0xff, 0x22]))).toBe('\ufffd');
  });
});
