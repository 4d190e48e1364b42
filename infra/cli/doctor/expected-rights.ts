import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FILE = fileURLToPath(new URL('../../permissions.yml', import.meta.url));

/** The actions that each function's role allows by infra/permissions.yml, by the function's short name. */
export function expectedRights(): ReadonlyMap<string, readonly string[]> {
  // CloudFormation's own tags stand for values that only AWS knows.
  const { Resources } = parse(readFileSync(FILE, 'utf8'), { logLevel: 'error', maxAliasCount: -1 }) as File;
  const roles = Object.entries(Resources).filter(([, { Properties }]) => isOfLambda(Properties));
  return new Map(
    roles.map(([id, { Properties }]) => {
      const statements = Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      return [id.replace(/Role$/, '').toLowerCase(), [...new Set(statements.flatMap(actionsOf))].sort()];
    }),
  );
}

/** One or many actions, as many. */
export function actionsOf({
  Action = [],
}: {
  readonly Action?: string | readonly string[];
}): readonly string[] {
  return typeof Action === 'string' ? [Action] : Action;
}

interface File {
  readonly Resources: Readonly<Record<string, { readonly Properties: Role }>>;
}

interface Role {
  readonly AssumeRolePolicyDocument: unknown;
  readonly Policies: readonly {
    readonly PolicyDocument: {
      readonly Statement: readonly { readonly Action: string | readonly string[] }[];
    };
  }[];
}

function isOfLambda({ AssumeRolePolicyDocument }: Role): boolean {
  return JSON.stringify(AssumeRolePolicyDocument).includes('lambda.amazonaws.com');
}
