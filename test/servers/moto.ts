import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNursery } from '../control-plane/processes.ts';
import { type AwsServer, untilListening } from './aws-server.ts';
import { freePorts } from './ports.ts';
import { makeVenv, pythonOf, type Venv } from './venv.ts';

const HERE = join(import.meta.dirname, 'moto');
const VENV: Venv = { name: 'moto', requirements: join(HERE, 'requirements.txt') };
/** What to tell someone who has no moto. */
const HOW_TO_MAKE = 'moto is not installed: npm run servers (once, needs Python 3.10 or newer)';

/** A running moto; each has its own world. */
export interface Moto extends AwsServer {
  /** Stops the clock of its queues at that time; without one it runs again. */
  readonly setClock: (now?: Date) => Promise<void>;
}

/** Whether moto is installed. */
export function hasMoto(): boolean {
  return pythonOf(VENV) !== undefined;
}

/** Installs moto unless it is there; returns where. */
export function installMoto(): Promise<string> {
  return makeVenv(VENV);
}

/** Starts moto, a model of AWS's services, on a free port of the loopback. */
export async function startMoto(): Promise<Moto> {
  const python = pythonOf(VENV);
  if (python === undefined) throw new Error(HOW_TO_MAKE);
  const place = await mkdtemp(join(tmpdir(), 'sluice-moto-'));
  const [port = 0] = await freePorts(1);
  const nursery = openNursery(place);
  await untilListening(port, nursery.start('moto', python, [join(HERE, 'server.py'), String(port)]));
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    access: {
      region: 'eu-central-1',
      endpoint,
      credentials: { accessKeyId: 'sluice', secretAccessKey: 'only on loopback' },
    },
    async setClock(now) {
      const body = now === undefined ? '' : String(now.getTime());
      const answer = await fetch(`${endpoint}/sluice/clock`, { method: 'PUT', body });
      if (!answer.ok) throw new Error(`moto's clock cannot be set: ${answer.status}`);
    },
    async stop() {
      await nursery.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}
