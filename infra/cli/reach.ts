import { egressLookup } from '../../shared/adapters/http/egress.ts';
import { type Connection, connect } from '../../shared/adapters/kubernetes/connect.ts';
import { Fault, isFault } from '../../shared/core/failures.ts';
import type { Cluster, ClusterFacts } from '../../shared/ports.ts';
import type { Person } from './person-kubeconfig.ts';

/** Ours: how long a person waits for the first answer, in milliseconds. */
const FIRST_ANSWER_MS = 10_000;
/** What holds for a registered server: the address is the person's word, but for link-local and metadata addresses. */
const lookup = egressLookup({ loopback: true, privateRanges: true });

/** A cluster that answered. */
export interface Reached {
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
  readonly close: () => void;
}

/** Connects as the person and asks the cluster who it is. Faults say what to do. */
export async function reach(person: Person): Promise<Reached> {
  const { connection: options, impersonate } = person;
  let connection: Connection | undefined;
  try {
    connection = connect({ id: 'person', lookup, ...options });
    const cluster = impersonate === undefined ? connection : connection.as(impersonate);
    const facts = await cluster.until(AbortSignal.timeout(FIRST_ANSWER_MS)).facts();
    return { cluster, facts, close: connection.close };
  } catch (error) {
    connection?.close();
    throw isFault(error) ? explained(error, person) : error;
  }
}

/** Reaches the cluster, works with it as the person, and closes the connection; a 403 on the way is explained as well. */
export async function withCluster<T>(person: Person, work: (reached: Reached) => Promise<T>): Promise<T> {
  const reached = await reach(person);
  try {
    return await work(reached);
  } catch (error) {
    throw isFault(error, 'forbidden') && error.data.status === 403 ? explained(error, person) : error;
  } finally {
    reached.close();
  }
}

function explained(fault: Fault, { connection: { server }, context, user, source }: Person): Fault {
  const kubeconfig = `context "${context}" of ${source}`;
  const say = (text: string) => new Fault(fault.code, text, fault.data, fault);
  switch (fault.code) {
    case 'unreachable':
      if (fault.data.cause === 'ERR_TLS_CERT_ALTNAME_INVALID') {
        return say(
          `${fault.message}; use an address that it names, or set tls-server-name, in ${kubeconfig}`,
        );
      }
      return isTls(fault)
        ? say(`${fault.message}; check certificate-authority-data in ${kubeconfig}`)
        : say(`${fault.message}; check that the cluster runs, and ${kubeconfig}`);
    case 'timeout':
      return say(
        `${server} did not answer within ${FIRST_ANSWER_MS / 1000} s; check that it can be reached from here, and ${kubeconfig}`,
      );
    case 'unauthorized':
      return say(
        `${server} does not accept user "${user}" of ${kubeconfig} (401); log in again or choose another --context`,
      );
    case 'forbidden':
      return say(
        `user "${user}" of ${kubeconfig} may not do this: ${fault.message}; use a cluster administrator's`,
      );
    default:
      return fault;
  }
}

function isTls(fault: Fault): boolean {
  return /certificate|TLS|SSL|EPROTO/i.test(`${fault.message} ${String(fault.data.cause)}`);
}
