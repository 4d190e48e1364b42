import { Fault } from '../../core/failures.ts';
import { isRecord } from '../descriptor.ts';
import { parseName, type SubjectName } from './names.ts';

/** What a check is about, in the order in which they are made. */
export type Check = 'integrity' | 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation';

/** What a failed check leads to. */
export type Action = 'enforce' | 'log' | 'skip';

/** What a trust policy says for one artifact. */
export interface TrustPolicy {
  readonly name: string;
  /** Undefined when nothing is to be verified. */
  readonly actions: Readonly<Record<Check, Action>> | undefined;
  readonly trustStores: readonly string[];
  /** When a time stamp is demanded: never without a trust store for those who stamp. */
  readonly stamped: 'never' | 'always' | 'after-expiry';
  /** Undefined when anybody whom the trust stores know will do. */
  readonly identities: readonly SubjectName[] | undefined;
}

const LEVELS: Readonly<Record<string, Readonly<Record<Check, Action>> | undefined>> = {
  strict: level('enforce', 'enforce', 'enforce', 'enforce'),
  permissive: level('enforce', 'log', 'log', 'log'),
  audit: level('log', 'log', 'log', 'log'),
};
const CHECKS: ReadonlySet<string> = new Set(['authenticity', 'authenticTimestamp', 'expiry', 'revocation']);
const ACTIONS: ReadonlySet<string> = new Set(['enforce', 'log', 'skip']);
const STORES: ReadonlySet<string> = new Set(['ca', 'signingAuthority', 'tsa']);
const WILDCARD = '*';

interface Statement {
  readonly scopes: readonly string[];
  readonly policy: TrustPolicy;
}

/**
 * The statement of a Notation trust policy document that is for `repository` (`host/path`): its own before the one for
 * all. Faults: `invalid` (the document), `not-found` (no statement is for it).
 */
export function policyFor(document: unknown, repository: string): TrustPolicy {
  const statements = statementsOf(document);
  const own = statements.find(({ scopes }) => scopes.includes(repository));
  const found = own ?? statements.find(({ scopes }) => scopes.includes(WILDCARD));
  if (found !== undefined) return found.policy;
  throw new Fault('not-found', `artifact "${repository}" has no applicable trust policy statement`, {});
}

function statementsOf(document: unknown): readonly Statement[] {
  if (!isRecord(document)) throw invalid('trust policy document is not an object');
  if (document.version !== '1.0')
    throw invalid(`trust policy document uses unsupported version "${String(document.version ?? '')}"`);
  const { trustPolicies } = document;
  if (!Array.isArray(trustPolicies) || trustPolicies.length === 0)
    throw invalid('trust policy document can not have zero trust policy statements');
  const statements = trustPolicies.map(statementOf);
  refuseRepeated(statements);
  return statements;
}

function statementOf(value: unknown): Statement {
  if (!isRecord(value) || typeof value.name !== 'string' || value.name === '')
    throw invalid(
      'trust policy: a trust policy statement is missing a name, every statement requires a name',
    );
  const { name } = value;
  const scopes = texts(value.registryScopes, name);
  if (scopes.length === 0) throw invalid(`trust policy statement "${name}" has zero registry scopes`);
  if (scopes.length > 1 && scopes.includes(WILDCARD))
    throw invalid(`trust policy statement "${name}" uses wildcard registry scope '*' beside other scopes`);
  const actions = actionsOf(value.signatureVerification, name);
  // As upstream does, what else a statement that verifies nothing says does not count.
  if (actions === undefined)
    return {
      scopes,
      policy: { name, actions, trustStores: [], stamped: 'never', identities: undefined },
    };
  const trustStores = texts(value.trustStores, name);
  const identities = texts(value.trustedIdentities, name);
  if (trustStores.length === 0 || identities.length === 0)
    throw invalid(
      `trust policy statement "${name}" is either missing trust stores or trusted identities, both must be specified`,
    );
  for (const store of trustStores) refuseStore(store, name);
  const stamped = stampedWhen(value.signatureVerification, trustStores, name);
  return {
    scopes,
    policy: { name, actions, trustStores, stamped, identities: identitiesOf(identities, name) },
  };
}

function actionsOf(value: unknown, name: string): TrustPolicy['actions'] {
  const { level: wanted, override } = isRecord(value) ? value : {};
  if (wanted === 'skip' && (!isRecord(override) || Object.keys(override).length === 0)) return undefined;
  const base = typeof wanted === 'string' && Object.hasOwn(LEVELS, wanted) ? LEVELS[wanted] : undefined;
  if (base === undefined)
    throw invalid(
      `trust policy statement "${name}" has invalid signatureVerification: invalid level "${String(wanted ?? '')}"`,
    );
  const entries = isRecord(override) ? Object.entries(override) : [];
  for (const [check, action] of entries) {
    const isAllowed =
      CHECKS.has(check) &&
      typeof action === 'string' &&
      ACTIONS.has(action) &&
      (action !== 'skip' || check === 'revocation');
    if (!isAllowed)
      throw invalid(
        `trust policy statement "${name}" has invalid signatureVerification: "${check}" cannot be "${String(action)}"`,
      );
  }
  return { ...base, ...(Object.fromEntries(entries) as Partial<Record<Check, Action>>) };
}

function stampedWhen(value: unknown, trustStores: readonly string[], name: string): TrustPolicy['stamped'] {
  const { verifyTimestamp = '' } = isRecord(value) ? value : {};
  if (verifyTimestamp !== '' && verifyTimestamp !== 'always' && verifyTimestamp !== 'afterCertExpiry')
    throw invalid(
      `trust policy statement "${name}" has invalid verifyTimestamp "${String(verifyTimestamp)}"`,
    );
  if (!trustStores.some((store) => store.startsWith('tsa:'))) return 'never';
  return verifyTimestamp === 'afterCertExpiry' ? 'after-expiry' : 'always';
}

function identitiesOf(identities: readonly string[], name: string): readonly SubjectName[] | undefined {
  if (identities.includes(WILDCARD)) {
    if (identities.length === 1) return undefined;
    throw invalid(`trust policy statement "${name}" uses a wildcard trusted identity '*' beside others`);
  }
  return identities.flatMap((identity) => {
    const colon = identity.indexOf(':');
    if (colon === -1)
      throw invalid(`trust policy statement "${name}" has trusted identity "${identity}" missing separator`);
    return identity.slice(0, colon) === 'x509.subject' ? [parseName(identity.slice(colon + 1))] : [];
  });
}

function refuseStore(store: string, name: string): void {
  const [type = '', named = ''] = store.split(':');
  if (!STORES.has(type) || !/^[a-zA-Z0-9_.-]+$/.test(named))
    throw invalid(`trust policy statement "${name}" uses an unsupported trust store "${store}"`);
}

function refuseRepeated(statements: readonly Statement[]): void {
  const names = statements.map(({ policy }) => policy.name);
  if (new Set(names).size < names.length)
    throw invalid('multiple trust policy statements use the same name, statement names must be unique');
  const scopes = statements.flatMap((statement) => statement.scopes);
  if (new Set(scopes).size < scopes.length)
    throw invalid('a registry scope is present in multiple trust policy statements');
}

function texts(value: unknown, name: string): readonly string[] {
  const all = value ?? [];
  if (Array.isArray(all) && all.every((one) => typeof one === 'string' && one !== '')) return all;
  throw invalid(`trust policy statement "${name}" has a list that holds something else than names`);
}

function level(authenticity: Action, authenticTimestamp: Action, expiry: Action, revocation: Action) {
  return { integrity: 'enforce', authenticity, authenticTimestamp, expiry, revocation } as const;
}

function invalid(message: string): Fault {
  return new Fault('invalid', message);
}
