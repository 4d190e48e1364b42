import type { Fact } from '../index.ts';

const gr = (row: number, fact: string, says: string): Fact => ({
  row: `GR-${String(row).padStart(2, '0')}`,
  fact,
  says,
});
const refused = (row: number, fact: string, says: string): Fact => ({
  ...gr(row, fact, says),
  refused: true,
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
  gr(25, 'skip-trace', 'A skipped run leaves a trace event.'),
  gr(26, 'fields', 'What an earlier artifact was made with is forgotten with the next one.'),
] as const;

/** What is not built: the object stalls and says so. */
export const gitRepositoryRefusals = [
  refused(12, 'provider', 'Credentials come from a cloud or from GitHub.'),
  refused(12, 'service-account', 'Credentials come from the cloud as a service account.'),
  refused(13, 'azure', 'Azure DevOps gets a token of Entra ID.'),
  refused(14, 'aws', 'CodeCommit gets a signed password.'),
  refused(15, 'github', 'GitHub gets the token of an app.'),
  refused(16, 'proxy', 'The server is reached through a proxy.'),
  refused(17, 'modes', 'The signature of the commit, the tag or both is verified.'),
  refused(18, 'keys', 'Signatures are verified with PGP or SSH keys.'),
  refused(19, 'cost', 'A verified revision is not verified again.'),
  refused(20, 'submodules', 'Submodules are fetched with the same credentials.'),
  refused(21, 'include', "Other repositories' artifacts are copied into this one's."),
] as const;
