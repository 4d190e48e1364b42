import type { Fact } from '../index.ts';

const gr = (row: number, fact: string, says: string): Fact => ({
  row: `GR-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** What a GitRepository's conditions, status and events tell. */
export const gitRepositoryStatusFacts = [
  gr(2, 'suspend', 'A suspended repository is not looked at.'),
  gr(8, 'observed', 'A skipped run observes the generation and leaves Ready and ArtifactInStorage True.'),
  gr(
    9,
    'rebuilt',
    'Submodules, includes or directories of the last artifact that are not asked for any more lead to a new one.',
  ),
  gr(25, 'new-artifact', 'An artifact of another digest is told as NewArtifact.'),
  gr(25, 'recovered', 'A success after a failure with the same artifact is told as Succeeded.'),
  gr(25, 'quiet', 'A success with the same artifact and no failure before is not notified.'),
  gr(25, 'metadata', 'Both carry revision and digest.'),
  gr(25, 'up-to-date-trace', 'A fetch that finds the same revision leaves a trace event.'),
  // Not written here: a run without news writes nothing (CONTRIBUTING.md).
  gr(25, 'skip-trace', 'A run that finds nothing new leaves a trace event; here when somebody waits for it.'),
  gr(26, 'fields', 'What an earlier artifact was made with is forgotten with the next one.'),
] as const;

/** Who signed, and what else goes into the artifact. */
export const gitContentFacts = [
  gr(12, 'provider', 'Credentials come from a cloud or from GitHub.'),
  gr(12, 'service-account', 'A service account of the cluster can be named for it.'),
  gr(12, 'gate', 'That stalls while its feature gate is shut.'),
  // Upstream asks as the controller; here nobody is lent what is ours.
  gr(12, 'no-identity', 'Without an account, and with nobody registered, it stalls.'),
  gr(13, 'azure', 'Azure DevOps gets a token of Entra ID.'),
  gr(14, 'aws', 'CodeCommit gets a signed password.'),
  gr(14, 'region', "The region is that of the URL's host, which must be CodeCommit's."),
  gr(14, 'ambient', "It is asked as the cluster's registered identity, never as the function's own."),
  gr(15, 'github', 'GitHub gets the token of an app.'),
  gr(15, 'kept', 'The token is kept until shortly before it expires.'),
  gr(15, 'owner', 'The installation is found by the organization or the person that owns it.'),
  gr(15, 'enterprise', 'An Enterprise Server is asked at the address in the Secret.'),
  gr(15, 'invalid', 'Data of an app that are incomplete are told.'),
  gr(15, 'no-secret', 'Without a Secret it stalls.'),
  gr(15, 'other-provider', 'Data of an app without the provider are told.'),
  gr(16, 'proxy', 'The server is reached through the proxy of a Secret.'),
  gr(16, 'socks', 'For SSH that is a SOCKS5 proxy.'),
  gr(17, 'modes', 'The signature of the commit, the tag or both is verified.'),
  gr(17, 'tag-told', 'What was verified is told in SourceVerified, and the mode in the status.'),
  gr(17, 'no-tag', 'A tag can be verified only where a tag is asked for; else it stalls.'),
  gr(17, 'invalid-object', 'A tag that is not signed is InvalidGitObject, and looked at again.'),
  gr(17, 'invalid-commit', 'A commit with a bad signature is InvalidCommitSignature.'),
  gr(17, 'invalid-tag', 'A tag with a bad signature is InvalidTagSignature.'),
  gr(17, 'no-secret', 'Keys that are not there are VerificationError.'),
  gr(18, 'keys', 'Signatures are verified with PGP or SSH keys, told apart by the ending of their names.'),
  gr(18, 'stranger', 'A signature of another key is refused, and the last good artifact stays.'),
  gr(18, 'content', 'A signature of other content is refused.'),
  gr(18, 'expired', 'A key that has expired vouches for nothing.'),
  gr(18, 'namespace', 'An SSH signature that was made for another purpose than git is refused.'),
  gr(19, 'cost', 'A verified revision is not verified again.'),
  gr(19, 'removed', 'Without spec.verify the verdict is forgotten.'),
  gr(20, 'submodules', 'Submodules are fetched, theirs too, with the same credentials.'),
  gr(20, 'off', 'Unless asked for they are empty directories.'),
  // Upstream shows them to any host; who can write .gitmodules could have them sent to their own.
  gr(20, 'credentials', 'The credentials are shown to the same host only.'),
  gr(20, 'bad', 'A submodule that cannot be fetched is told by its path.'),
  gr(21, 'include', "Other repositories' artifacts are copied into this one's, and followed."),
  gr(21, 'status', 'The status tells what was included.'),
  gr(21, 'not-found', 'What is not there yet is waited for.'),
  gr(21, 'copy', 'A place that is taken, or nothing to copy, is CopyFailure.'),
  gr(21, 'traversal', 'Paths cannot leave the tree.'),
  gr(21, 'ignore', 'Ignore rules apply after copying.'),
] as const;
