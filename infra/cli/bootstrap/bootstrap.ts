import { Fault, isFault } from '../../../shared/core/failures.ts';
import type { Cluster, ClusterRecord, Http } from '../../../shared/ports.ts';
import { webhookPath } from '../../../shared/receive/webhook-path.ts';
import { openRemoteBranch, type RemoteAddress } from '../../local/git/remote-branch.ts';
import { ensureNamespace, FLUX_NAMESPACE } from '../namespace.ts';
import { done, step, warn } from '../say.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { type Change, COMMIT_MESSAGE, changeOf } from './change.ts';
import { applySync, checkSync, hookToken, openOwn, presentReader, writeReader } from './cluster-side.ts';
import type { GitHost, HostedRepository, SourceCredentials } from './git-host.ts';
import { COMPONENTS } from './kustomization-file.ts';
import type { BootstrapOptions } from './options.ts';
import { SYNC_NAME, type SyncOptions, syncObjects, syncReceiver } from './sync-manifests.ts';
import { agreeToTakeOver, planTakeOver, type TakeOver, takeOver } from './take-over.ts';

/** What one `sluice bootstrap` works with. */
export interface Bootstrapping {
  readonly world: World;
  readonly options: BootstrapOptions;
  readonly state: State | undefined;
  readonly http: Http;
  /** The person's own way to the repository; never kept, but with `--token-auth`. */
  readonly person: SourceCredentials;
  /** PEM of `--ca-file`. */
  readonly ca?: string;
  /** A token that is to be kept in the cluster for the source. */
  readonly readToken?: string;
  readonly repository: () => Promise<HostedRepository>;
  readonly host?: GitHost;
  /** Where deliveries are taken. */
  readonly webhookUrl?: string;
}

/** So often somebody else may be faster with a commit. */
const ATTEMPTS = 3;

/** Everything in an order in which each step may be the last one: a second run does the rest, and nothing twice. */
export async function bootstrap(bootstrapping: Bootstrapping): Promise<void> {
  const { world, options, state, host, webhookUrl } = bootstrapping;
  const { record, cluster } = await openOwn(state, options.cluster);
  await checkSync(cluster, options.path, webhookUrl !== undefined);
  step(world, `cluster ${record.name} at ${record.server}`);
  const repository = await bootstrapping.repository();
  if (!/^https:\/\//i.test(repository.url)) throw insecure(repository.url);
  done(world, `repository ${repository.url} ${repository.created ? 'created' : 'found'}`);
  const reader = await chooseReader(bootstrapping, cluster, repository);
  const sync: SyncOptions = {
    ...{ url: repository.url, branch: options.branch, path: options.path, interval: options.interval },
    secret: reader !== undefined,
    ...(host && webhookUrl !== undefined && { receiverType: host.receiverType }),
  };
  const taking = await commitSync(bootstrapping, { cluster, record, sync });
  const { settings } = taking
    ? await takeOver(taking, { cluster, record, state: state as State, clock: world.clock })
    : record;
  if (taking) done(world, `Sluice has taken over from Flux in ${record.name}`);
  await ensureNamespace(cluster);
  await reader?.();
  const token = sync.receiverType && (await hookToken(cluster));
  await applySync(cluster, [
    ...syncObjects(sync),
    ...(sync.receiverType ? [syncReceiver(sync.receiverType)] : []),
  ]);
  done(world, `sync objects applied in ${FLUX_NAMESPACE}`);
  if (host && token && webhookUrl !== undefined) await announce(bootstrapping, host, webhookUrl, token);
  if (settings.owns === 'none')
    warn(
      world,
      `Sluice owns none in ${record.name}; "sluice cluster add ${record.name} --owns all" changes that`,
    );
  world.out(`"sluice get --cluster ${record.name}" shows how it goes on.`);
}

/** A host that is set up wrongly gives such an address; the token would travel in clear. */
function insecure(url: string): Fault {
  const text = `the host says that the repository is at ${url}; Sluice sends tokens over https only`;
  return new Fault('invalid', text, { url });
}

/** How the source will read the repository: what writes the Secret, or undefined where none is needed. Fault `invalid` when there is no way. */
async function chooseReader(
  { world, options, person, readToken, ca, host }: Bootstrapping,
  cluster: Cluster,
  repository: HostedRepository,
): Promise<(() => Promise<void>) | undefined> {
  const write = (reader: SourceCredentials, what: string) => async () => {
    const before = await presentReader(cluster);
    const isSame = before?.username === reader.username && before.password === reader.password;
    await writeReader(cluster, reader, ca);
    if (!isSame) done(world, `Secret ${FLUX_NAMESPACE}/${SYNC_NAME} holds ${what}`);
  };
  const username = host?.gitUser ?? person.username;
  if (readToken !== undefined) return write({ username, password: readToken }, 'the token to read with');
  if (options.tokenAuth) return write({ username, password: person.password }, 'your token');
  if (await presentReader(cluster)) return async () => undefined;
  if (host?.createReader) {
    const name = [FLUX_NAMESPACE, options.branch, SYNC_NAME, `./${options.path}`].join('-');
    return async () => write((await host.createReader?.(name)) as SourceCredentials, 'a deploy token')();
  }
  if (!repository.isPrivate) return ca === undefined ? undefined : () => writeReader(cluster, undefined, ca);
  const text = `the cluster needs a way to read ${repository.url}: set SLUICE_SOURCE_TOKEN to a token that may only read it, or give --token-auth to keep your own in the cluster (deploy keys are for SSH, which is not supported yet)`;
  throw new Fault('invalid', text, { url: repository.url });
}

interface Syncing {
  readonly cluster: Cluster;
  readonly record: ClusterRecord;
  readonly sync: SyncOptions;
}

/** Commits and pushes what the repository lacks; whether Flux is to be taken over from, which was agreed to before. */
async function commitSync(bootstrapping: Bootstrapping, syncing: Syncing): Promise<TakeOver | undefined> {
  const { sync } = syncing;
  const agreed = { is: false };
  for (let attempt = 1; ; attempt++) {
    try {
      return await commitOnce(bootstrapping, syncing, agreed);
    } catch (error) {
      if (!isFault(error, 'conflict') || error.data.moved !== true || attempt >= ATTEMPTS) throw error;
      step(bootstrapping.world, `branch ${sync.branch} was changed meanwhile; once more`);
    }
  }
}

async function commitOnce(
  { world, options, person, ca, http }: Bootstrapping,
  { cluster, record, sync }: Syncing,
  agreed: { is: boolean },
): Promise<TakeOver | undefined> {
  const { url, branch } = sync;
  const address: RemoteAddress = { url, branch, ...person, ...(ca !== undefined && { ca }) };
  const remote = await openRemoteBranch(address, http);
  try {
    const change: Change = await changeOf(remote, sync);
    const taking = await planTakeOver(cluster, record, change);
    if (taking && !agreed.is) {
      await agreeToTakeOver(taking, record.name, world, options.yes);
      agreed.is = true;
    }
    if (Object.keys(change.files).length === 0) {
      done(world, `${change.folder} in branch ${branch} is as it should be`);
      return taking;
    }
    const message = change.startsControllers ? `Leave ${COMPONENTS}' controllers out` : COMMIT_MESSAGE;
    const at = world.clock.now().toISOString();
    const id = await remote.push({ files: change.files, message, author: options.author, at });
    done(world, `${change.folder} committed and pushed to branch ${branch} (${id.slice(0, 7)})`);
    return taking;
  } finally {
    await remote.close();
  }
}

async function announce(
  { world }: Bootstrapping,
  host: GitHost,
  webhookUrl: string,
  secret: string,
): Promise<void> {
  const path = webhookPath(Buffer.from(secret), SYNC_NAME, FLUX_NAMESPACE);
  const isNew = await host.ensureHook({ url: `${webhookUrl}${path}`, secret });
  done(world, `${host.title} ${isNew ? 'now announces' : 'announces'} each push to ${webhookUrl}`);
}
