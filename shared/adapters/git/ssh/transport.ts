import type { Dial } from '../../http/dial.ts';
import { readAdvertisement } from '../advertisement.ts';
import { type Expected, mostBytes, type Transport } from '../transport.ts';
import {
  connectSsh,
  type SshAlgorithms,
  type SshKeys,
  type SshTarget,
  targetOf,
  uploadPack,
} from './connection.ts';
import { type Conversation, converse } from './conversation.ts';

/** A conversation with what the server said first. */
interface Opened {
  readonly talk: Conversation;
  readonly advertised: Buffer;
  readonly version: 0 | 2;
  /** Of version 0, which takes one request only. */
  used: boolean;
}

// A fetch follows what it looked for at once; who only looked leaves the connection to be closed.
const IDLE_MS = 2000;

/** `git-upload-pack` over SSH: one connection serves a look and the fetch behind it. Faults as the Git port says. */
export function createSshTransport(
  url: string,
  keys: SshKeys,
  dial: Dial,
  algorithms: SshAlgorithms,
  signal: AbortSignal,
): Transport {
  const target = targetOf(url, keys);
  let present: Promise<Opened> | undefined;
  let idle: NodeJS.Timeout | undefined;
  const usable = ({ talk, used, version }: Opened): boolean => !talk.over() && !(version === 0 && used);
  const opened = async (): Promise<Opened> => {
    clearTimeout(idle);
    const found = await present?.catch(() => undefined);
    if (found !== undefined && usable(found)) return found;
    found?.talk.close();
    present = start(target, dial, algorithms, signal);
    return present;
  };
  const rest = ({ talk }: Opened): void => {
    idle = setTimeout(() => talk.close(), IDLE_MS);
    idle.unref();
  };
  return {
    async advertise() {
      const found = await opened();
      rest(found);
      return { body: found.advertised, moved: '' };
    },
    async ask(_base, body, version, expected: Expected) {
      const found = await opened();
      if (found.version !== version) {
        rest(found);
        return undefined;
      }
      found.used = true;
      found.talk.write(body);
      const answer = await found.talk.read(version === 2 ? 'flush' : 'end', mostBytes(expected));
      rest(found);
      return answer;
    },
  };
}

async function start(
  target: SshTarget,
  dial: Dial,
  algorithms: SshAlgorithms,
  signal: AbortSignal,
): Promise<Opened> {
  const client = await connectSsh(target, dial, algorithms, signal);
  try {
    const talk = converse(client, await uploadPack(client, target.path), target.host, signal);
    const advertised = await talk.read('flush', mostBytes('refs'));
    return { talk, advertised, version: readAdvertisement(advertised).version, used: false };
  } catch (error) {
    client.destroy();
    throw error;
  }
}
