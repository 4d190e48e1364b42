import type { ProbeAnswer } from '../../shared/adapters/kubernetes/probe.ts';

/** What to do about an API server that the functions do not reach. */
export function reachAdvice({ code }: Extract<ProbeAnswer, { reached: false }>): string {
  if (code === 'invalid') return 'register it again with a kubeconfig whose certificates are right';
  if (code === 'egress-denied')
    return 'give its server an address that functions may connect to, not one of the machine itself';
  return 'open its API server to the functions, or deploy them into its network: npm run deploy -- --param subnets=... --param securityGroups=...';
}
