import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** A statement of a policy, as IAM keeps it. */
export interface PolicyStatement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string | readonly string[]>> | string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A role as far as it can be seen from outside. */
export interface RoleLook {
  /** Of the policies that are part of the role. */
  readonly statements: readonly PolicyStatement[];
  /** The policy that limits what the role may do at all. */
  readonly boundary: string | undefined;
}

/** Looks at the role called `name`. Faults: `not-found`, `forbidden`, and those of the way. */
export async function lookAtRole(access: AwsAccess, name: string): Promise<RoleLook> {
  const client = new IAMClient(clientSettings(access));
  try {
    return await asFaults(`look at role ${name}`, async () => {
      const [{ Role }, { PolicyNames = [] }] = await Promise.all([
        client.send(new GetRoleCommand({ RoleName: name })),
        client.send(new ListRolePoliciesCommand({ RoleName: name })),
      ]);
      const policies = await Promise.all(
        PolicyNames.map((PolicyName) =>
          client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName })),
        ),
      );
      return {
        statements: policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument)),
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      };
    });
  } finally {
    client.destroy();
  }
}

/** Whom the role called `name` trusts. Faults as {@link lookAtRole}. */
export async function lookAtTrust(access: AwsAccess, name: string): Promise<readonly PolicyStatement[]> {
  const client = new IAMClient(clientSettings(access));
  try {
    const command = new GetRoleCommand({ RoleName: name });
    const { Role } = await asFaults(`look at role ${name}`, () => client.send(command));
    return statementsOf(Role?.AssumeRolePolicyDocument);
  } finally {
    client.destroy();
  }
}

/** IAM hands its documents over as parts of URLs. */
function statementsOf(document = '%7B%7D'): readonly PolicyStatement[] {
  const { Statement = [] } = JSON.parse(decodeURIComponent(document)) as {
    readonly Statement?: PolicyStatement | readonly PolicyStatement[];
  };
  return Array.isArray(Statement) ? Statement : [Statement as PolicyStatement];
}
