import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKnownHosts } from '../../../shared/adapters/git/ssh/known-hosts.ts';
import { sshFingerprint } from '../../../shared/core/ssh-wire.ts';
import { processorTime } from '../../processor-time.ts';

// What github.com publishes at https://docs.github.com/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints
const GITHUB = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const GITHUB_SAYS = 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU';
const key = Buffer.from(GITHUB, 'base64');
const other = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'base64');

const judge = (line: string, host = 'github.com', port = 22, shown = key) =>
  readKnownHosts(line).judge(host, port, shown);

describe('[GR-11 ssh-keys] known hosts', () => {
  test('a fingerprint is told as the host publishes it', () => {
    expect(sshFingerprint(key)).toBe(GITHUB_SAYS);
  });

  test.each([
    ['a name', `github.com ssh-ed25519 ${GITHUB}`],
    ['a list of names and a comment', `gitlab.com,github.com ssh-ed25519 ${GITHUB} somebody`],
    ['a pattern', `*.com ssh-ed25519 ${GITHUB}`],
    ['tabs, Windows line ends and comments', `# hosts\r\n\tgithub.com\tssh-ed25519\t${GITHUB}\r\n`],
    ['a second key of the host', `github.com ssh-rsa AAAA\ngithub.com ssh-ed25519 ${GITHUB}`],
    ['another case', `GitHub.com ssh-ed25519 ${GITHUB}`],
  ])('%s is known', (_what, line) => {
    expect(judge(line)).toBe('known');
  });

  test.each([
    ['nothing', ''],
    ['another host', `gitlab.com ssh-ed25519 ${GITHUB}`],
    ['a name that only ends alike', `hub.com ssh-ed25519 ${GITHUB}`],
    ['a negated pattern', `*.com,!github.com ssh-ed25519 ${GITHUB}`],
    ['another port', `[github.com]:2222 ssh-ed25519 ${GITHUB}`],
    ['a certificate authority', `@cert-authority github.com ssh-ed25519 ${GITHUB}`],
    ['dots that are no patterns', `githubxcom ssh-ed25519 ${GITHUB}`],
  ])('%s leaves it unknown', (_what, line) => {
    expect(judge(line)).toBe('unknown');
  });

  test('another key of a known host is a mismatch, whatever its type', () => {
    expect(judge(`github.com ssh-ed25519 ${GITHUB}`, 'github.com', 22, other)).toBe('mismatch');
    expect(judge('github.com ssh-rsa AAAA')).toBe('mismatch');
  });

  test('a revoked key is refused although it is listed', () => {
    expect(judge(`github.com ssh-ed25519 ${GITHUB}\n@revoked * ssh-ed25519 ${GITHUB}`)).toBe('revoked');
  });

  test('a port that is not 22 belongs to the name, IPv6 too', () => {
    expect(judge(`[github.com]:2222 ssh-ed25519 ${GITHUB}`, 'github.com', 2222)).toBe('known');
    expect(judge(`github.com ssh-ed25519 ${GITHUB}`, 'github.com', 2222)).toBe('unknown');
    expect(judge(`[::1]:2222 ssh-ed25519 ${GITHUB}`, '[::1]', 2222)).toBe('known');
    expect(judge(`::1 ssh-ed25519 ${GITHUB}`, '::1', 22)).toBe('known');
  });

  test('names that ssh-keygen hashed are found', () => {
    const directory = mkdtempSync(join(tmpdir(), 'known-hosts-'));
    const file = join(directory, 'known_hosts');
    writeFileSync(file, `github.com ssh-ed25519 ${GITHUB}\n[git.example.com]:2222 ssh-ed25519 ${GITHUB}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    rmSync(directory, { recursive: true });

    expect(text).not.toContain('github.com');
    expect(judge(text)).toBe('known');
    expect(judge(text, 'git.example.com', 2222)).toBe('known');
    expect(judge(text, 'gitlab.com')).toBe('unknown');
  });

  test('the types of a host are told in order, so that the server shows a known one', () => {
    const hosts = readKnownHosts(`a ecdsa-sha2-nistp256 AAAA\nb ssh-rsa AAAA\na ssh-ed25519 ${GITHUB}`);

    expect(hosts.typesOf('a', 22)).toEqual(['ecdsa-sha2-nistp256', 'ssh-ed25519']);
  });

  // As a regular expression each of them would take years, and nobody could end it.
  test.each([
    ['many stars', `${'*a'.repeat(40)}`, 'a'.repeat(200)],
    ['many stars that miss at the end', `${'*a'.repeat(40)}*b`, 'a'.repeat(200)],
    ['a run of stars', `${'*'.repeat(5000)}b`, 'a'.repeat(200)],
  ])('a pattern of %s does not hold the worker', async (_what, pattern, host) => {
    expect(await processorTime(() => judge(`${pattern} ssh-ed25519 ${GITHUB}`, host))).toBeLessThan(2000);
  });

  test.each([
    ['g*t*.c?m', 'known'],
    ['*', 'known'],
    ['*.com*', 'known'],
    ['git*b.com', 'known'],
    ['*hub', 'unknown'],
    ['?github.com', 'unknown'],
    ['github.com?', 'unknown'],
    ['*git?hub*', 'unknown'],
  ])('the pattern %s leaves github.com %s', (pattern, verdict) => {
    expect(judge(`${pattern} ssh-ed25519 ${GITHUB}`)).toBe(verdict);
  });
});
