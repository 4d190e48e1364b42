import { describe, expect, test } from 'vitest';
import { codeCommitLogin, codeCommitRegion } from '../../../shared/core/code-commit.ts';

// The published test vector of AWS's git-remote-codecommit (test/git_url_test.py).
const URL_OF_REPOSITORY = 'https://git-codecommit.us-west-2.amazonaws.com/v1/repos/test_repo';
const AT = new Date('2017-12-24T11:53:20Z');
const PASSWORD = '20171224T115320Zb6df2d758a8023b2f000a546417007b65494f3ce8ad0300fd45fcfa173f1959a';
const keys = { accessKeyId: 'access', secretAccessKey: 'secret' };

describe('[GR-14 aws] CodeCommit', () => {
  test('takes the signed password that AWS publishes, for keys with and without a session', () => {
    const login = codeCommitLogin(URL_OF_REPOSITORY, 'us-west-2', keys, AT);
    const session = codeCommitLogin(URL_OF_REPOSITORY, 'us-west-2', { ...keys, sessionToken: 'token' }, AT);

    expect(login).toEqual({ username: 'access', password: PASSWORD });
    expect(session).toEqual({ username: 'access%token', password: PASSWORD });
  });

  test.each([
    ['https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x', 'eu-west-1'],
    ['https://git-codecommit-fips.us-gov-west-1.amazonaws.com/v1/repos/x', 'us-gov-west-1'],
    ['https://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/x', 'cn-north-1'],
  ])('[GR-14 region] is in the region of %s', (url, region) => {
    expect(codeCommitRegion(url)).toBe(region);
  });

  test.each([
    [
      'http://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x',
      'AWS CodeCommit authentication requires an HTTPS Git URL',
    ],
    ['https://github.com/org/x', 'invalid AWS CodeCommit Git URL: github.com'],
    [
      'https://git-codecommit.eu-west-1.amazonaws.com.evil.example/x',
      'invalid AWS CodeCommit Git URL: git-codecommit.eu-west-1.amazonaws.com.evil.example',
    ],
    [
      'https://git-codecommit.eu-west-1.evil.s3.amazonaws.com/x',
      'invalid AWS CodeCommit Git URL: git-codecommit.eu-west-1.evil.s3.amazonaws.com',
    ],
    [
      'https://evil-git-codecommit.eu-west-1.amazonaws.com/x',
      'invalid AWS CodeCommit Git URL: evil-git-codecommit.eu-west-1.amazonaws.com',
    ],
  ])('[GR-14 region] is not %s', (url, message) => {
    expect(() => codeCommitRegion(url)).toThrow(message);
  });
});
