import { describe, expect, test } from 'vitest';
import { readLocalConfig } from '../../../shared/runtime/config.ts';

describe('local configuration', () => {
  test('without anything, the state lies beside the work and everything is on loopback', () => {
    expect(readLocalConfig({ XDG_CACHE_HOME: '/cache', PATH: '/bin' }, '/home/me/fleet', true)).toEqual({
      stateDirectory: '/home/me/fleet/.sluice',
      storeDirectory: '/home/me/fleet/.sluice/store',
      secretsDirectory: '/home/me/fleet/.sluice/secrets',
      queuesFile: '/home/me/fleet/.sluice/queues.db',
      logFormat: 'human',
      host: '127.0.0.1',
      artifactPort: 9090,
      webhookPort: 9292,
      metricsPort: 8080,
      toolsDirectory: '/cache/sluice/tools',
      searchPath: '/bin',
      concurrency: 4,
      proxies: {},
    });
  });

  test('without a terminal the log is JSON, unless told otherwise', () => {
    expect(readLocalConfig({}, '/', false).logFormat).toBe('json');
    expect(readLocalConfig({ SLUICE_LOG_FORMAT: 'human' }, '/', false).logFormat).toBe('human');
    expect(readLocalConfig({ SLUICE_LOG_FORMAT: 'json' }, '/', true).logFormat).toBe('json');
  });

  test('the state directory may be absolute or relative', () => {
    expect(readLocalConfig({ SLUICE_STATE: '/var/lib/sluice' }, '/work').queuesFile).toBe(
      '/var/lib/sluice/queues.db',
    );
    expect(readLocalConfig({ SLUICE_STATE: 'state' }, '/work').stateDirectory).toBe('/work/state');
  });

  test('an empty variable is absent', () => {
    expect(readLocalConfig({ SLUICE_STATE: '', SLUICE_ARTIFACT_PORT: ' ' }, '/work')).toMatchObject({
      stateDirectory: '/work/.sluice',
      artifactPort: 9090,
    });
  });

  test('[COM-14 url] artifacts may be advertised elsewhere than where they are served', () => {
    const config = readLocalConfig({ SLUICE_ARTIFACT_URL: 'https://laptop.example/files/' }, '/work');

    expect(config.artifactBase).toBe('https://laptop.example/files');
    expect(readLocalConfig({}, '/work')).not.toHaveProperty('artifactBase');
  });

  test.each([
    ['SLUICE_ARTIFACT_PORT', '65536'],
    ['SLUICE_ARTIFACT_PORT', '-1'],
    ['SLUICE_ARTIFACT_PORT', '8080x'],
    ['SLUICE_ARTIFACT_URL', 'laptop:9090'],
    ['SLUICE_ARTIFACT_URL', 'http://laptop:9090/?c=1'],
    ['SLUICE_WEBHOOK_PORT', 'http'],
    ['SLUICE_CONCURRENCY', '0'],
    ['SLUICE_LOG_FORMAT', 'xml'],
  ])('%s=%s is refused by name', (variable, value) => {
    expect(() => readLocalConfig({ [variable]: value }, '/')).toThrow(
      expect.objectContaining({ code: 'invalid', data: { variable, value } }),
    );
  });
});
