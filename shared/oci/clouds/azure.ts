import { Fault } from '../../core/failures.ts';
import type { RegistryCredentials } from '../credentials.ts';
import { isRecord } from '../descriptor.ts';
import { type CloudAccess, keptLogin, post } from './access.ts';

/** Registries' domains, and whom their tokens are exchanged for a token of. */
const MANAGEMENT: Readonly<Record<string, string | undefined>> = {
  io: 'https://management.azure.com/.default',
  cn: 'https://management.chinacloudapi.cn/.default',
  us: 'https://management.usgovcloudapi.net/.default',
};
/** What Azure's registries call somebody with a token. */
const USERNAME = '00000000-0000-0000-0000-000000000000';

/** A refresh token of a container registry for the application that the object may be. */
export async function loginToAzure(registry: string, access: CloudAccess): Promise<RegistryCredentials> {
  const scope = MANAGEMENT[/^[a-z0-9][a-z0-9.-]*\.azurecr\.([a-z]+)$/.exec(registry)?.[1] ?? ''];
  if (scope === undefined) throw new Fault('invalid', `invalid Azure registry: '${registry}'`, { registry });
  const { token, expiresAt, as = null } = await access.identities.azureToken({ ...access.asker, scope });
  const login = await keptLogin(access, registry, token, async () => {
    const form = { grant_type: 'access_token', service: registry, access_token: token };
    const answer = await post(
      access,
      `https://${registry}/oauth2/exchange`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams(form).toString(),
    );
    const refresh = isRecord(answer) ? answer.refresh_token : undefined;
    if (typeof refresh !== 'string' || refresh === '')
      throw new Fault('malformed', `${registry} exchanges the identity's token for nothing`);
    return {
      credentials: { kind: 'basic', username: USERNAME, password: refresh },
      expires: expiresAt.getTime(),
    };
  });
  return { ...login, lent: as };
}
