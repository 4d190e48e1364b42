import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commit, git } from '../servers/bare-repository.ts';
import { pgpSigner, type Signer, sshSigner } from '../servers/git-signing.ts';
import { condition, create, edit, gitRepository, reconcile } from './drive.ts';
import { newEvents, publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-signatures');
const { namespace } = setting;
const secret = secretsIn(setting);
const ada = pgpSigner('ada');
const grace = sshSigner();
const mallory = sshSigner('ecdsa');

afterAll(() => {
  for (const signer of [ada, grace, mallory]) signer.close();
});

const directoryOf = (name: string): string => join(setting.world.gitRoot, `${name}.git`);

/** A repository whose tip is signed by `signer`, or by nobody; returns the tip. */
async function repository(name: string, signer: Signer | undefined, spec: object): Promise<string> {
  const id = await publish(setting, name, { 'a.yaml': `name: ${name}\n` });
  const tip = signer === undefined ? id : await signer.signCommit(directoryOf(name));
  await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  return tip;
}

const verify = (mode: string, name: string) => ({ verify: { mode, secretRef: { name } } });

describe('the signature of the commit', () => {
  test.each([
    ['PGP', 'pgp', () => ada, 'ada.asc'],
    ['SSH', 'ssh', () => grace, 'grace.sshpub'],
    ['PGP, whatever the key is called', 'odd', () => ada, 'author'],
  ])(
    '[GR-17 modes] [GR-18 keys] [COM-09 verified] by %s is verified, and told with its key',
    async (_kind, name, who, file) => {
      const signer = who();
      await secret(name, { [file]: signer.publicKey });
      const id = await repository(name, signer, verify('HEAD', name));

      const source = await reconcile(setting.world, sourceAt(setting, name));

      expect(told(source)).toBe(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`);
      expect(told(source, 'SourceVerified')).toBe(
        `True Succeeded: verified signature of\n\t- commit '${id}' with key '${signer.id}'`,
      );
      expect(source.status.sourceVerificationMode).toBe('HEAD');
    },
  );

  test('[GR-18 stranger] [GR-17 invalid-commit] by a stranger or by nobody is refused, and the last good artifact stays', async () => {
    await secret('guarded', { 'grace.sshpub': grace.publicKey });
    await repository('guarded', grace, verify('HEAD', 'guarded'));
    const reference = sourceAt(setting, 'guarded');
    const good = await reconcile(setting.world, reference);

    await commit(directoryOf('guarded'), { 'a.yaml': 'evil: true\n' }, 'by a stranger');
    const stranger = await mallory.signCommit(directoryOf('guarded'));
    const refused = await reconcile(setting.world, reference);
    expect(told(refused, 'SourceVerified')).toBe(
      `False InvalidCommitSignature: signature verification of commit '${stranger}' failed: unable to verify Git commit SSH signature: unable to verify payload with any of the given authorized keys: no matching key found\npublic key does not match`,
    );
    expect(told(refused)).toMatch(/^False InvalidCommitSignature: /);
    expect(refused.status.artifact).toEqual(good.status.artifact);

    const unsigned = await commit(directoryOf('guarded'), { 'a.yaml': 'evil: 2\n' }, 'by nobody');
    const again = await reconcile(setting.world, reference);
    expect(told(again, 'SourceVerified')).toMatch(`commit '${unsigned}' failed: unsupported signature type`);
    expect(again.status.artifact).toEqual(good.status.artifact);

    const id = await grace.signCommit(directoryOf('guarded'));
    const recovered = await reconcile(setting.world, reference);
    expect(recovered.status.artifact?.revision).toBe(`main@sha1:${id}`);
    expect(told(recovered, 'SourceVerified')).toMatch(/^True Succeeded/);
  });

  test('[GR-18 content] of other content than was signed is refused', async () => {
    await secret('forged', { 'ada.asc': ada.publicKey });
    const signed = await repository('forged', ada, verify('HEAD', 'forged'));
    const raw = await git(directoryOf('forged'), ['cat-file', 'commit', signed]);
    const forged = raw.replace('a change', 'another change');
    const id = await hashObject(directoryOf('forged'), 'commit', `${forged}\n`);
    await git(directoryOf('forged'), ['update-ref', 'refs/heads/main', id]);

    const refused = await reconcile(setting.world, sourceAt(setting, 'forged'));

    expect(told(refused, 'SourceVerified')).toBe(
      `False InvalidCommitSignature: signature verification of commit '${id}' failed: unable to verify Git commit: unable to verify payload with any of the given key rings: no matching key found`,
    );
    expect(refused.status.artifact).toBeUndefined();
  });

  test('[GR-18 expired] by a key that has expired is refused', async () => {
    const brief = pgpSigner('brief', 2020);
    await secret('expired', { 'brief.asc': brief.publicKey });
    await repository('expired', brief, verify('HEAD', 'expired'));

    const refused = await reconcile(setting.world, sourceAt(setting, 'expired'));

    expect(told(refused, 'SourceVerified')).toMatch(/no matching key found$/);
    brief.close();
  });

  test('[GR-17 no-secret] without the Secret nothing is fetched', async () => {
    await repository('keyless', grace, verify('HEAD', 'nowhere'));

    const refused = await reconcile(setting.world, sourceAt(setting, 'keyless'));

    expect(told(refused, 'SourceVerified')).toBe(
      'False VerificationError: public keys secret error: secrets "nowhere" not found',
    );
    expect(refused.status.artifact).toBeUndefined();
  });

  test('[GR-19 cost] [GR-19 removed] is not verified again while nothing changes, and forgotten when nobody asks', async () => {
    await secret('once', { 'grace.sshpub': grace.publicKey });
    await repository('once', grace, {});
    const reference = sourceAt(setting, 'once');
    await reconcile(setting.world, reference);
    await edit(setting.world, reference, { spec: verify('HEAD', 'once') });
    const first = await reconcile(setting.world, reference);
    expect(told(first, 'SourceVerified')).toMatch(/^True/);

    setting.world.gitLog.length = 0;
    const second = await reconcile(setting.world, reference);
    expect(setting.world.gitLog.length).toBe(1);
    expect(second.status).toEqual(first.status);

    await edit(setting.world, reference, { spec: { verify: null } });
    const third = await reconcile(setting.world, reference);
    expect(told(third, 'SourceVerified')).toBe('none');
    expect(third.status.sourceVerificationMode).toBeUndefined();
  });
});

describe('the signature of the tag', () => {
  test('[GR-17 modes] [GR-17 tag-told] alone, or with its commit', async () => {
    await secret('tags', { 'ada.asc': ada.publicKey, 'grace.sshpub': grace.publicKey });
    const id = await repository('tags', grace, { ref: { tag: 'v1.0.0' }, ...verify('Tag', 'tags') });
    const own = await ada.signTag(directoryOf('tags'), 'v1.0.0', id);
    const reference = sourceAt(setting, 'tags');

    const tag = await reconcile(setting.world, reference);
    expect(told(tag, 'SourceVerified')).toBe(
      `True Succeeded: verified signature of\n\t- tag 'v1.0.0@${own}' with key '${ada.id}'`,
    );
    await edit(setting.world, reference, {
      spec: { verify: { mode: 'TagAndHEAD' }, ref: { semver: '1.x', tag: null } },
    });
    const both = await reconcile(setting.world, reference);
    expect(told(both, 'SourceVerified')).toBe(
      `True Succeeded: verified signature of\n\t- tag 'v1.0.0@${own}' with key '${ada.id}'\n\t- commit '${id}' with key '${grace.id}'`,
    );
    expect(both.status.sourceVerificationMode).toBe('TagAndHEAD');
  });

  test('[GR-17 no-tag] of a branch stalls', async () => {
    await secret('branch', { 'ada.asc': ada.publicKey });
    await repository('branch', ada, verify('Tag', 'branch'));

    const stalled = await reconcile(setting.world, sourceAt(setting, 'branch'));

    expect(told(stalled, 'SourceVerified')).toBe(
      "False InvalidVerificationMode: cannot verify tag object's signature if a tag reference is not specified",
    );
    expect(condition(stalled, 'Stalled')?.status).toBe('True');
  });

  test.each([
    ['lightweight', undefined],
    ['unsigned', 'a release'],
  ])('[GR-17 invalid-object] of a tag that is %s is refused, and looked at again', async (kind, message) => {
    await secret(kind, { 'ada.asc': ada.publicKey });
    const id = await repository(kind, ada, { ref: { tag: 'v1' }, ...verify('Tag', kind) });
    const annotation = message === undefined ? [] : ['-a', '-m', message];
    await git(directoryOf(kind), ['tag', ...annotation, 'v1', id]);

    const refused = await reconcile(setting.world, sourceAt(setting, kind));

    expect(told(refused, 'SourceVerified')).toMatch(
      /^False InvalidGitObject: cannot verify signature of tag 'v1/,
    );
    expect(condition(refused, 'Stalled')).toBeUndefined();
  });

  test('[GR-17 invalid-tag] by a stranger is refused', async () => {
    await secret('strange-tag', { 'grace.sshpub': grace.publicKey });
    const id = await repository('strange-tag', grace, {
      ref: { tag: 'v1' },
      ...verify('TagAndHEAD', 'strange-tag'),
    });
    await mallory.signTag(directoryOf('strange-tag'), 'v1', id);

    const refused = await reconcile(setting.world, sourceAt(setting, 'strange-tag'));

    expect(told(refused, 'SourceVerified')).toMatch(
      /^False InvalidTagSignature: signature verification of tag 'v1@/,
    );
    expect((await newEvents(setting, sourceAt(setting, 'strange-tag'))).at(-1)).toMatch(
      /^Warning InvalidTagSignature/,
    );
  });
});

async function hashObject(repository: string, type: string, content: string): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  return execFileSync('git', ['hash-object', '-w', '-t', type, '--stdin'], {
    cwd: repository,
    input: content,
    encoding: 'utf8',
  }).trim();
}
