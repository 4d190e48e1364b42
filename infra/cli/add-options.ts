import { FEATURE_GATES, type FeatureGates } from '../../shared/core/feature-gates.ts';
import type { ClusterSettings, Profile } from '../../shared/ports.ts';
import { parseOwns } from './claim.ts';
import type { Input } from './command.ts';
import { type EksOption, eksOption } from './eks.ts';
import type { Access } from './identity.ts';
import { usage } from './problems.ts';
import { type SopsOptions, sopsOptions } from './sops-options.ts';

/** `sluice cluster add`, understood. */
export interface AddOptions {
  readonly name: string;
  readonly profile?: Profile;
  readonly owns?: ClusterSettings['owns'];
  /** Undefined leaves it as it is, which is everywhere for a new cluster. */
  readonly access?: Access;
  /** `group/Kind` each; undefined leaves them as they are, none takes them away. */
  readonly customStageKinds?: readonly string[];
  /** Names of field managers; undefined leaves them as they are, none takes them away. */
  readonly overrideManagers?: readonly string[];
  /** Undefined leaves them as they are; none sets them all to Flux's defaults. */
  readonly featureGates?: FeatureGates;
  /** ARN of a role; undefined leaves it as it is, empty takes it away. */
  readonly identityRole?: string;
  /** `NAMESPACE/NAME`; undefined leaves it as it is, empty takes it away. */
  readonly identityServiceAccount?: string;
  /** Undefined leaves it as it is. */
  readonly eks?: EksOption;
  /** Undefined leaves it as it is. */
  readonly insecureKubeconfigTls?: boolean;
  /** Undefined leaves it as it is. */
  readonly remoteBases?: boolean;
  readonly sops: SopsOptions;
  readonly labels: Readonly<Record<string, string>>;
  readonly take: boolean;
  readonly asIs: boolean;
  readonly install: boolean;
  readonly yes: boolean;
}

const NAME = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const OBJECT = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const GROUP_KIND = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z][A-Za-z0-9]*$/;
// What the function that fetches sources may assume (infra/permissions.yml).
const ROLE = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/sluice-[\w+=,.@-]{1,57}$/;
const LABEL_KEY = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Fault `invalid` with exit code 2 names what cannot be understood. */
export function addOptions(input: Input): AddOptions {
  const [name = ''] = input.positionals;
  if (!NAME.test(name)) {
    throw usage(
      `"${name}" is no name for a cluster; use lower-case letters, digits, ".", "_" and "-", at most 63`,
    );
  }
  const profile = profileOf(input.text('profile'));
  const owns = ownsOf(input.text('owns'));
  const access = accessOf(input.text('namespaces'));
  const customStageKinds = stageKindsOf(input.text('custom-apply-stage-kinds'));
  const overrideManagers = managersOf(input.text('override-manager'));
  const featureGates = gatesOf(input.text('feature-gates'));
  const identityRole = roleOf(input.text('identity-role'));
  const identityServiceAccount = accountOf(input.text('identity-service-account'));
  const insecureKubeconfigTls = switchOf(input, 'insecure-kubeconfig-tls');
  const remoteBases = switchOf(input, 'remote-bases');
  const eks = eksOption(input);
  return {
    name,
    ...(profile && { profile }),
    ...(owns && { owns }),
    ...(access && { access }),
    ...(customStageKinds && { customStageKinds }),
    ...(overrideManagers && { overrideManagers }),
    ...(featureGates && { featureGates }),
    ...(identityRole !== undefined && { identityRole }),
    ...(identityServiceAccount !== undefined && { identityServiceAccount }),
    ...(insecureKubeconfigTls !== undefined && { insecureKubeconfigTls }),
    ...(remoteBases !== undefined && { remoteBases }),
    ...(eks && { eks }),
    sops: sopsOptions(input),
    labels: labelsOf(input.all('label')),
    take: input.on('take'),
    asIs: input.on('as-is'),
    install: !input.on('no-install'),
    yes: input.on('yes'),
  };
}

/** `flux` or `lockdown`. Fault `invalid` with exit code 2. */
export function profileOf(text: string | undefined): Profile | undefined {
  if (text === undefined || text === 'flux' || text === 'lockdown') return text;
  throw usage(`unknown profile "${text}"; choose flux or lockdown`);
}

function switchOf(input: Input, flag: string): boolean | undefined {
  const text = input.text(flag);
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw usage(`--${flag} "${text}" is not understood; choose true or false`);
}

function ownsOf(text: string | undefined): ClusterSettings['owns'] | undefined {
  if (text === undefined) return undefined;
  const owns = parseOwns(text);
  if (owns) return owns;
  throw usage(`--owns "${text}" is not understood; choose all, none or shard=KEY`);
}

function accessOf(text: string | undefined): Access | undefined {
  if (text === undefined) return undefined;
  if (text === '*') return { everywhere: true };
  const namespaces = [...new Set(text.split(',').map((part) => part.trim()))];
  const wrong = namespaces.find((namespace) => !NAMESPACE.test(namespace));
  if (wrong !== undefined)
    throw usage(`--namespaces: "${wrong}" is no namespace; write them as a,b,c, or '*' for all`);
  return { namespaces };
}

/** Flux's own way to write them: `group/Kind,Kind`. */
function stageKindsOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const kinds = text === '' ? [] : [...new Set(text.split(',').map((part) => part.trim()))];
  const wrong = kinds.find((kind) => !GROUP_KIND.test(kind));
  if (wrong === undefined) return kinds;
  throw usage(
    `--custom-apply-stage-kinds: "${wrong}" is no kind; write them as rbac.authorization.k8s.io/Role,ConfigMap`,
  );
}

/** What the API server takes as the name of a field manager: 128 printable characters. */
const MANAGER = /^[\x21-\x2b\x2d-\x7e]{1,128}$/;

function managersOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const managers = text === '' ? [] : [...new Set(text.split(',').map((part) => part.trim()))];
  const wrong = managers.find((manager) => !MANAGER.test(manager));
  if (wrong === undefined) return managers;
  throw usage(`--override-manager: "${wrong}" is no field manager; write them as helm,kubectl-rollout`);
}

/** Flux's own way to write them: `Name=true,Other=false`. */
function gatesOf(text: string | undefined): FeatureGates | undefined {
  if (text === undefined) return undefined;
  const pairs = text === '' ? [] : text.split(',').map((part) => part.trim().split('='));
  const wrong = pairs.find(
    ([name = '', on = '']) => !FEATURE_GATES.includes(name) || !/^(true|false)$/.test(on),
  );
  if (wrong) {
    throw usage(
      `--feature-gates: "${wrong.join('=')}" is not understood; write NAME=true or NAME=false, the names are ${FEATURE_GATES.join(', ')}`,
    );
  }
  return Object.fromEntries(pairs.map(([name, on]) => [name, on === 'true']));
}

function roleOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '' || ROLE.test(text)) return text;
  throw usage(
    `--identity-role "${text}" is not understood; write arn:aws:iam::ACCOUNT:role/sluice-NAME, its name begins with sluice-`,
  );
}

function accountOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return text;
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (rest.length === 0 && NAMESPACE.test(namespace) && OBJECT.test(name)) return text;
  throw usage(`--identity-service-account "${text}" is not understood; write NAMESPACE/NAME`);
}

function labelsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
      if (!LABEL_KEY.test(key) || !LABEL_VALUE.test(value))
        throw usage(`--label "${pair}" is not KEY=VALUE as Kubernetes' labels are`);
      return [key, value];
    }),
  );
}
