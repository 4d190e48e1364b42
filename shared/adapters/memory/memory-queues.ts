import type { QueueName } from '../../core/messages.ts';
import {
  checkOutgoing,
  checkReceive,
  checkVisibility,
  DEAD_RETENTION_MS,
  DEDUPLICATION_MS,
  isFifo,
} from '../../core/queue-rules.ts';
import type { Chance, Clock, OutgoingMessage } from '../../ports.ts';
import { createWakeups } from '../local/wakeups.ts';
import {
  type Depth,
  deathNotice,
  type Forgotten,
  type LocalDelivery,
  type WorkQueues,
} from '../local/work-queues.ts';

/** Queues in memory with SQS's semantics: the same contract as the SQLite ones. */
export function createMemoryQueues(clock: Clock, chance: Chance): WorkQueues {
  const shelf = createShelf(clock, chance);
  const wakeups = createWakeups(clock);
  const now = () => clock.now().getTime();
  const onLeases = (
    queue: QueueName,
    deliveries: readonly LocalDelivery[],
    change: (row: Row) => void,
  ): number => {
    const leased = leasedRows(shelf.rows(queue), deliveries);
    for (const row of leased) change(row);
    wakeups.notify(queue);
    return leased.length;
  };
  return {
    async send(queue, messages) {
      for (const message of messages) checkOutgoing(queue, message);
      for (const message of messages) shelf.add(queue, message);
      wakeups.notify(queue);
    },
    async receive(queue, max, visibilityMs, maxReceives = Infinity) {
      checkReceive(queue, max, visibilityMs);
      for (;;) {
        const found = readyRows(queue, shelf.rows(queue), now(), max);
        const worn = found.filter((row) => queue !== 'dead' && row.receives >= maxReceives);
        if (worn.length === 0) return found.map((row) => hold(row, chance.uuid(), now() + visibilityMs));
        for (const row of worn) shelf.bury(queue, row);
        wakeups.notify('dead');
      }
    },
    acknowledge: async (queue, deliveries) => onLeases(queue, deliveries, (row) => shelf.remove(queue, row)),
    async release(queue, deliveries, delayMs = 0) {
      checkVisibility(queue, delayMs);
      const receipt = () => (delayMs > 0 ? `released ${chance.uuid()}` : undefined);
      return onLeases(queue, deliveries, (row) => {
        Object.assign(row, { due: now() + delayMs, receipt: receipt() } satisfies Partial<Row>);
      });
    },
    async extend(queue, deliveries, visibilityMs) {
      checkVisibility(queue, visibilityMs);
      return onLeases(queue, deliveries, (row) => {
        row.due = now() + visibilityMs;
      });
    },
    async waitForWork(queue, signal) {
      while (!signal.aborted && readyRows(queue, shelf.rows(queue), now(), 1).length === 0)
        await wakeups.pause(queue, untilNextDue(shelf.rows(queue), now()), signal);
    },
    depth: async (queue) => depthOf(shelf.rows(queue), now()),
    housekeep: async () => shelf.forget(),
    close() {},
  };
}

interface Row {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  readonly died: LocalDelivery['died'];
  due: number;
  receives: number;
  receipt: string | undefined;
}

function createShelf(clock: Clock, chance: Chance) {
  const queues = new Map<QueueName, Row[]>();
  const seen = new Map<string, number>();
  const now = () => clock.now().getTime();
  const rows = (queue: QueueName): readonly Row[] => queues.get(queue) ?? [];
  const append = (queue: QueueName, row: Pick<Row, 'id' | 'body' | 'group' | 'died' | 'due'>) => {
    const full = { ...row, receives: 0, receipt: undefined };
    const queued = queues.get(queue);
    if (queued === undefined) queues.set(queue, [full]);
    else queued.push(full);
  };
  const remove = (queue: QueueName, gone: Row) => {
    queues.set(
      queue,
      rows(queue).filter((row) => row !== gone),
    );
  };
  return {
    rows,
    remove,
    add(queue: QueueName, { body, group, dedupId, delaySeconds = 0 }: OutgoingMessage): void {
      const key = JSON.stringify([queue, group, dedupId]);
      if (isFifo(queue) && (seen.get(key) ?? 0) > now()) return;
      if (isFifo(queue)) seen.set(key, now() + DEDUPLICATION_MS);
      append(queue, { id: chance.uuid(), body, group, died: undefined, due: now() + delaySeconds * 1000 });
    },
    bury(queue: QueueName, row: Row): void {
      const { group, reason } = deathNotice(queue, row.group, row.receives);
      remove(queue, row);
      append('dead', { id: row.id, body: row.body, group, died: { queue, reason }, due: now() });
    },
    forget(): Forgotten {
      const old = [...seen].filter(([, until]) => until <= now());
      for (const [key] of old) seen.delete(key);
      const dead = rows('dead').filter(({ due }) => due <= now() - DEAD_RETENTION_MS);
      for (const row of dead) remove('dead', row);
      return { dedupIds: old.length, deadLetters: dead.length };
    },
  };
}

function leasedRows(rows: readonly Row[], deliveries: readonly LocalDelivery[]): readonly Row[] {
  const receipts = new Map(deliveries.map(({ id, receipt }) => [id, receipt]));
  return rows.filter((row) => row.receipt !== undefined && receipts.get(row.id) === row.receipt);
}

function isHeld(row: Row, now: number): boolean {
  return row.receipt !== undefined && row.due > now;
}

function readyRows(queue: QueueName, rows: readonly Row[], now: number, max: number): readonly Row[] {
  if (!isFifo(queue)) {
    const due = rows.filter((row) => row.due <= now);
    return due.toSorted((a, b) => a.due - b.due).slice(0, max);
  }
  const blocked = new Set(rows.filter((row) => isHeld(row, now)).map((row) => row.group));
  return rows.filter((row) => !blocked.has(row.group)).slice(0, max);
}

function untilNextDue(rows: readonly Row[], now: number): number | undefined {
  const later = rows.flatMap(({ due }) => (due > now ? [due - now] : []));
  return later.length === 0 ? undefined : Math.min(...later);
}

function depthOf(rows: readonly Row[], now: number): Depth {
  const inFlight = rows.filter((row) => isHeld(row, now)).length;
  const delayed = rows.filter(
    (row) => row.due > now && row.receipt === undefined && row.group === undefined,
  ).length;
  return { ready: rows.length - inFlight - delayed, inFlight, delayed };
}

function hold(row: Row, receipt: string, until: number): LocalDelivery {
  row.receipt = receipt;
  row.due = until;
  row.receives += 1;
  return {
    id: row.id,
    body: row.body,
    receiveCount: row.receives,
    receipt,
    ...(row.group === undefined ? {} : { group: row.group }),
    ...(row.died === undefined ? {} : { died: row.died }),
  };
}
