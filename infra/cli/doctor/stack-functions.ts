import {
  type FunctionLook,
  listWakers,
  lookAtFunction,
} from '../../../shared/adapters/aws/look-functions.ts';
import { lookAtRole, lookAtTrust, type PolicyStatement } from '../../../shared/adapters/aws/look-roles.ts';
import { externalIdOf } from '../../../shared/core/deployment.ts';
import { isFault } from '../../../shared/core/failures.ts';
import type { ClusterRecord } from '../../../shared/ports.ts';
import { QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';
import { count } from '../say.ts';
import type { StackPlace } from '../stack-place.ts';
import { actionsOf, expectedRights } from './expected-rights.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';
import { unlessUnseen } from './unseen.ts';

const DEPLOY = '"npm run deploy" brings it up to date';

/** Every function of the deployment with what wakes it and what it may do. */
export async function functionsFindings(stack: StackPlace): Promise<readonly Finding[]> {
  const wakers = await listWakers(stack.access);
  const looks = [...expectedRights()].map(([name, expected]) =>
    functionFindings(stack, name, expected, wakers.get(stack.names + name)),
  );
  const found = (await Promise.all(looks)).flat();
  const wrong = found.filter(({ level }) => level !== 'ok');
  if (wrong.length === found.length) return wrong;
  const many = count(found.length - wrong.length, 'function');
  return [ok('functions', `${many} can be called, and the roles allow what they call`), ...wrong];
}

async function functionFindings(
  stack: StackPlace,
  name: string,
  expected: readonly string[],
  waker: string | undefined,
): Promise<readonly Finding[]> {
  const where = `function ${name}`;
  return unlessUnseen(where, async () => {
    let look: FunctionLook;
    try {
      look = await lookAtFunction(stack.access, stack.names + name);
    } catch (error) {
      if (!isFault(error, 'not-found')) throw error;
      return [problem(where, `there is no ${stack.names}${name}`, DEPLOY)];
    }
    if (look.trouble !== undefined) return [problem(where, `cannot be called: ${look.trouble}`, DEPLOY)];
    const asleep = sleepOf(name, waker);
    if (asleep !== undefined) {
      const todo = `enable the event source mapping of ${stack.names}${name}, or deploy again`;
      return [problem(where, `is not woken by its queue (${asleep})`, todo)];
    }
    const role = look.role.replace(/.*\//, '');
    return [await unlessUnseenRole(where, role, () => roleFinding(where, stack, role, expected))];
  });
}

/** Why its queue wakes a function not, if it does not. */
function sleepOf(name: string, waker: string | undefined): string | undefined {
  const limits = Object.entries(QUEUE_TABLE).find(([one]) => one === name)?.[1];
  if (limits === undefined || !('queue' in limits)) return undefined;
  if (waker === undefined) return 'there is no event source mapping';
  return /^(?:Enabled|Creating|Enabling|Updating)$/.test(waker) ? undefined : waker;
}

async function unlessUnseenRole(where: string, role: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    const [finding] = await unlessUnseen(where, async () => [await look()]);
    return finding ?? ok(where, 'is there');
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    return problem(where, `its role ${role} does not exist`, DEPLOY);
  }
}

async function roleFinding(
  where: string,
  { access }: StackPlace,
  name: string,
  expected: readonly string[],
): Promise<Finding> {
  const { statements, boundary } = await lookAtRole(access, name);
  const allowed = new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(actionsOf));
  const lacks = expected.filter((action) => !allowed.has(action));
  if (lacks.length > 0) return problem(where, `its role may not ${lacks.join(', ')}`, DEPLOY);
  const denied = statements.filter(({ Effect }) => Effect === 'Deny').flatMap(actionsOf);
  if (denied.length > 0)
    return problem(where, `its role is denied ${denied.join(', ')}`, `take the denial from role ${name}`);
  if (boundary === undefined) return ok(where, 'can be called, and its role allows what it calls');
  const what = `its role allows what it calls, within the boundary ${boundary}, which was not looked into`;
  return warning(where, what, 'see that the boundary allows what infra/permissions.yml does');
}

/** The roles of clusters' identities: whether they exist and trust the one function that assumes them. */
export function identityChecks(
  stack: StackPlace,
  deployment: string,
  records: readonly ClusterRecord[],
): readonly Check[] {
  return records.flatMap((record) => {
    const arn = record.settings.identityRoleArn;
    if (arn === undefined) return [];
    const where = `cluster ${record.name}`;
    return [{ where, look: () => identityFindings(where, arn, stack, externalIdOf(deployment, record.id)) }];
  });
}

async function identityFindings(
  where: string,
  arn: string,
  stack: StackPlace,
  externalId: string,
): Promise<readonly Finding[]> {
  const [, , , , account, resource = ''] = arn.split(':');
  const unseen = `its role ${arn} is in another account, so whom it trusts cannot be seen from here`;
  if (account !== stack.account)
    return [
      warning(where, unseen, `see that it trusts the function "source" with external id ${externalId}`),
    ];
  return unlessUnseen(where, async () => {
    const { role } = await lookAtFunction(stack.access, `${stack.names}source`);
    try {
      const trust = await lookAtTrust(stack.access, resource.replace(/.*\//, ''));
      return [trustFinding(where, arn, trust, role, externalId)];
    } catch (error) {
      if (!isFault(error, 'not-found')) throw error;
      const todo = `make it, or "sluice cluster add" with --identity-role ''`;
      return [problem(where, `its role ${arn} does not exist`, todo)];
    }
  });
}

function trustFinding(
  where: string,
  arn: string,
  trust: readonly PolicyStatement[],
  source: string,
  externalId: string,
): Finding {
  const root = source.replace(/:role\/.*/, ':root').replace(':sts:', ':iam:');
  const trusts = (statement: PolicyStatement) =>
    statement.Effect === 'Allow' &&
    actionsOf(statement).includes('sts:AssumeRole') &&
    principalsOf(statement).some((one) => one === source || one === root);
  const statements = trust.filter(trusts);
  if (statements.length === 0)
    return problem(
      where,
      `its role ${arn} does not trust ${source}`,
      `let it, with external id ${externalId}`,
    );
  const ids = statements.map(({ Condition }) => Condition?.StringEquals?.['sts:ExternalId']);
  if (ids.some((id) => [id].flat().includes(externalId)))
    return ok(where, `its role ${arn} trusts the deployment for this cluster alone`);
  if (ids.includes(undefined)) {
    const what = `its role ${arn} trusts the deployment for every cluster, as it asks for no external id`;
    return problem(where, what, `let it ask for sts:ExternalId ${externalId}`);
  }
  return problem(where, `its role ${arn} asks for another external id`, `let it ask for ${externalId}`);
}

function principalsOf({ Principal = {} }: PolicyStatement): readonly string[] {
  if (typeof Principal === 'string') return [Principal];
  return [Principal.AWS ?? []].flat();
}
