import { KUBECONFIG_FLAGS, STATE_FLAG } from './command.ts';
import { EKS_FLAGS } from './eks.ts';
import { SOPS_FLAGS } from './sops-options.ts';

/** Flags of `sluice cluster add`. */
export const ADD_FLAGS = {
  ...KUBECONFIG_FLAGS,
  profile: {
    type: 'string',
    value: 'flux|lockdown',
    help: "rules for tenants: Flux's defaults, or locked down (default: flux)",
  },
  namespaces: {
    type: 'string',
    value: 'A,B',
    help: "give Sluice rights in these namespaces only, or '*' for cluster-admin (default: as it is, else '*')",
  },
  owns: { type: 'string', value: 'all|none|shard=KEY', help: 'which Flux objects are ours (default: all)' },
  'custom-apply-stage-kinds': {
    type: 'string',
    value: 'GROUP/KIND,...',
    help: 'kinds to apply after definitions and before the rest (default: as it is)',
  },
  'override-manager': {
    type: 'string',
    value: 'NAME,...',
    help: "field managers to take fields over from, besides kubectl's (default: as it is)",
  },
  'feature-gates': {
    type: 'string',
    value: 'NAME=true,...',
    help: "Flux's feature gates to set; '' sets them all to Flux's defaults (default: as it is)",
  },
  'identity-role': {
    type: 'string',
    value: 'ARN',
    help: "AWS role of this cluster's objects that name no Secret; '' takes it away (default: as it is)",
  },
  'identity-service-account': {
    type: 'string',
    value: 'NAMESPACE/NAME',
    help: "ServiceAccount as which clouds know this cluster's objects that name none; '' takes it away (default: as it is)",
  },
  'insecure-kubeconfig-tls': {
    type: 'string',
    value: 'true|false',
    help: "whether tenants' kubeconfigs may turn verification off (default: as it is, else false)",
  },
  'remote-bases': {
    type: 'string',
    value: 'true|false',
    help: 'whether kustomizations may name bases and files elsewhere; never under lockdown (default: as it is, else false)',
  },
  ...SOPS_FLAGS,
  ...EKS_FLAGS,
  label: { type: 'string', value: 'KEY=VALUE', multiple: true, help: 'label the cluster' },
  take: { type: 'boolean', help: 'take the cluster over from another deployment of Sluice' },
  'as-is': { type: 'boolean', help: 'create no ServiceAccount; keep the credentials of the kubeconfig' },
  'no-install': { type: 'boolean', help: 'leave the definitions of the Flux kinds alone' },
  yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  ...STATE_FLAG,
} as const;
