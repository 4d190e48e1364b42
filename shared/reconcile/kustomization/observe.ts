import type { Kustomization, KustomizationSpec } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { API_VERSION, REASON } from '../../api/vocabulary.ts';
import { readBaseline } from '../../apply/baseline-store.ts';
import { loadCel } from '../../core/cel/expression.ts';
import { conditionOf } from '../../core/conditions.ts';
import { canonicalJson, hmacHex } from '../../core/digests.ts';
import { messageOf } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';
import type { KeySecret } from '../../decrypt/keys/key-ring.ts';
import { type SubstituteSource, variablesOf } from '../../kustomize/variables.ts';
import type { KubernetesObject } from '../../ports.ts';
import { isChanged } from '../due.ts';
import type { Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';
import { findPlace, homeOf, type Place } from '../target/target.ts';
import { type Seen, type SeenSource, waitingSince } from './decide.ts';
import { closedGate, inputOfKeys, readKeys } from './decryption.ts';
import { type Blocked, blockedBy } from './dependencies.ts';
import { judgeFor } from './health.ts';
import { lookAgain, pinsDigest } from './remote-bases.ts';
import { type StoredBaseline, storedOf, storeKeyOf } from './tracking.ts';

/** Raised whenever the same input would be built or applied otherwise than by an older version. */
const INPUT_FORMAT = 1;

/** A run that ended with these had nothing to work on. */
const PUT_OFF: readonly string[] = [REASON.artifactFailed, REASON.dependencyNotReady];

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  /** The Secret with keys that decrypt. */
  readonly keys?: KeySecret | undefined;
  /** The input digest without what was fetched besides the source. */
  readonly ownDigest: string;
  readonly stored: StoredBaseline;
  /** Where the objects are applied. */
  readonly place: Place;
}

/** Reads what the decision rests on, cheap things first, and stops where the decision is clear. */
export async function observe(object: Kustomization, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const nothing = {
    now,
    blocked: undefined,
    unreachable: undefined,
    unreadable: undefined,
    variables: new Map(),
    inputDigest: '',
    ownDigest: '',
  };
  const none: SeenAll = {
    ...nothing,
    source: { state: 'pending' },
    baseline: undefined,
    stored: { baseline: undefined, etag: undefined },
    place: homeOf(scope),
  };
  const denied = deniedSource(object, scope) ?? deniedExpression(object, scope);
  if (denied !== undefined) return { ...none, source: { state: 'denied', message: denied } };
  const gate = closedGate(object, scope);
  if (gate !== undefined) return { ...none, closedGate: gate };
  const invalidExpression = await judgeFor(object).then(() => undefined, messageOf);
  if (invalidExpression !== undefined) return { ...none, invalidExpression };
  const source = await readSource(object, scope);
  if (source.state !== 'ready') return { ...none, source };
  if (isOldNews(object, source.artifact, scope)) return { ...none, source, oldNews: true };
  const blocked = await readDependencies(object, source.artifact.revision, scope);
  if (blocked?.forGood) return { ...none, source, invalidExpression: blocked.message };
  if (blocked !== undefined) return { ...none, source, blocked: blocked.message };

  const [variables, keys, found, kept] = await Promise.all([
    readVariables(object, scope),
    readKeys(object, scope),
    findPlace(object, scope),
    readBaseline(scope.ports.store, storeKeyOf(object, scope)),
  ]);
  if (!found.ok) return { ...none, source, unreachable: found.message };
  const { place } = found;
  const stored = storedOf(kept, place);
  if (!keys.ok) return { ...none, source, unreadable: keys.message, stored };
  if (!variables.ok) return { ...none, source, unreadable: variables.message, stored };
  const ownDigest = digestOfInput(object, source.artifact, { variables: variables.values, keys }, scope);
  const header = stored.baseline?.header;
  const inputDigest = ownDigest + pinsDigest(await remotesNow(object, header?.remotes ?? [], scope));
  const baseline = header && {
    inputDigest: header.inputDigest,
    attemptedRevision: header.revision,
    uid: header.owner,
    renderedDigest: header.rendered,
  };
  return {
    now,
    source,
    blocked,
    unreachable: undefined,
    unreadable: undefined,
    variables: variables.values,
    keys: keys.secret,
    inputDigest,
    ownDigest,
    baseline,
    stored,
    place,
  };
}

/** Whether a source's message tells of a revision that another message has brought meanwhile (KS-16). */
function isOldNews(object: Kustomization, { revision }: Artifact, { message, redelivered }: Scope): boolean {
  if (message.reason !== 'source' || redelivered || isChanged(object)) return false;
  const { conditions, lastAttemptedRevision } = object.status ?? {};
  const reason = conditionOf(conditions, 'Ready')?.reason ?? '';
  return lastAttemptedRevision === revision && !PUT_OFF.includes(reason);
}

/** What was fetched besides the source as it is now; a wait for health goes on with what it began with. */
async function remotesNow(
  object: Kustomization,
  pins: readonly string[],
  scope: Scope,
): Promise<readonly string[]> {
  if (pins.length === 0 || waitingSince(object) !== undefined) return pins;
  return lookAgain(pins, scope);
}

/** Why no expression may look at a Kustomization of another namespace, locked down: it could ask for anything in it. */
function deniedExpression({ spec, metadata }: Kustomization, scope: Scope): string | undefined {
  if (scope.record.settings.profile !== 'lockdown') return undefined;
  const own = metadata.namespace;
  const far = (spec.dependsOn ?? []).find(
    ({ readyExpr, namespace }) => readyExpr && namespace && namespace !== own,
  );
  if (far === undefined) return undefined;
  const name = namespacedName({ namespace: far.namespace ?? own, name: far.name });
  return `can't access 'Kustomization/${name}' in readyExpr, cross-namespace references have been blocked`;
}

/** Why the source's kind may not be used, as upstream words it; undefined when it may. */
function deniedSource({ spec, metadata }: Kustomization, scope: Scope): string | undefined {
  const { kind, name, namespace } = sourceOf(spec.sourceRef, metadata.namespace);
  if (kind !== 'ExternalArtifact' || isOpen('ExternalArtifact', scope.record.settings)) return undefined;
  return `can't access '${kind}/${namespacedName({ namespace, name })}', ExternalArtifact feature gate is disabled`;
}

async function readSource(object: Kustomization, scope: Scope): Promise<SeenSource> {
  const { sourceRef } = object.spec;
  const wanted = sourceOf(sourceRef, object.metadata.namespace);
  if (scope.record.settings.profile === 'lockdown' && wanted.namespace !== object.metadata.namespace) {
    const name = `${wanted.kind}/${namespacedName(wanted)}`;
    return {
      state: 'denied',
      message: `can't access '${name}', cross-namespace references have been blocked`,
    };
  }
  const found = await getIfServed(scope.cluster, { apiVersion: API_VERSION.source, ...wanted });
  if (found === undefined) return { state: 'missing' };
  const artifact = (found as { status?: { artifact?: Artifact } }).status?.artifact;
  return artifact === undefined ? { state: 'pending' } : { state: 'ready', artifact };
}

/** Why the object has to wait for what it depends on; every dependency is read from the API server. */
export async function readDependencies(
  object: Kustomization,
  revision: string,
  scope: Scope,
): Promise<Blocked | undefined> {
  const { dependsOn = [] } = object.spec;
  const dependencies = await Promise.all(
    dependsOn.map(async ({ name, namespace: other, readyExpr }) => {
      const namespace = other || object.metadata.namespace;
      const reference = { apiVersion: object.apiVersion, kind: object.kind, namespace, name };
      const found = (await scope.cluster.get(reference)) as Kustomization | undefined;
      return { namespace, name, readyExpr, found };
    }),
  );
  const additive = isOpen('AdditiveCELDependencyCheck', scope.record.settings);
  const compile = dependsOn.some(({ readyExpr }) => readyExpr) ? { compile: await loadCel() } : {};
  return blockedBy(object, dependencies, revision, { ...compile, additive });
}

type Variables =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

async function readVariables(object: Kustomization, scope: Scope): Promise<Variables> {
  const { postBuild } = object.spec;
  const sources = await Promise.all(
    (postBuild?.substituteFrom ?? []).map(async (reference): Promise<SubstituteSource> => {
      const { kind, name } = reference;
      const found = await scope.cluster.get({
        apiVersion: 'v1',
        kind,
        namespace: object.metadata.namespace,
        name,
      });
      return {
        reference,
        namespace: object.metadata.namespace,
        found: found as KubernetesObject | undefined,
      };
    }),
  );
  return variablesOf(postBuild, sources);
}

/** Fields of the spec that change when something runs, or what it waits for, but not what is built and applied. */
type Schedule =
  | 'interval'
  | 'retryInterval'
  | 'timeout'
  | 'suspend'
  | 'dependsOn'
  | 'wait'
  | 'healthChecks'
  | 'deletionPolicy'
  | 'prune'
  | 'force';

/** What was read besides the spec and the source. */
interface Read {
  readonly variables: ReadonlyMap<string, string>;
  readonly keys: { readonly secret: KeySecret | undefined };
}

function digestOfInput(
  { spec, metadata }: Kustomization,
  artifact: Artifact,
  { variables, keys }: Read,
  scope: Scope,
): string {
  const built: Omit<KustomizationSpec, Schedule> & { readonly [field in Schedule]?: unknown } = {
    ...spec,
    ...{
      interval: undefined,
      retryInterval: undefined,
      timeout: undefined,
      suspend: undefined,
      dependsOn: undefined,
    },
    ...{
      wait: undefined,
      healthChecks: undefined,
      deletionPolicy: undefined,
      prune: undefined,
      force: undefined,
    },
  };
  const { revision, digest } = artifact;
  const { profile, featureGates, remoteBases } = scope.record.settings;
  const input = {
    ...(featureGates && { featureGates }),
    ...(remoteBases && { remoteBases }),
    format: INPUT_FORMAT,
    built,
    revision,
    digest,
    profile,
    name: metadata.name,
    namespace: metadata.namespace,
  };
  return hmacHex(
    scope.ports.deployment.key,
    canonicalJson({ ...input, variables: [...variables].sort(), keys: inputOfKeys(keys.secret) }),
  );
}
