import { Fault } from '../../../shared/core/failures.ts';
import { type Answer, packAnswer } from './answer.ts';
import { AGENT, draftRequest, finishRequest, type RequestDraft, takeLine } from './fetch-request.ts';
import { FLUSH, MAX_BAND, MAX_SMALL_BAND, type Packet, packet, packetsOf } from './packet-lines.ts';
import type { Repository } from './repository.ts';
import { type FetchRequest, isEnough, select } from './selection.ts';

const ZERO = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) } as const;

/** A request and what was agreed on with it. */
interface Asked {
  readonly request: FetchRequest;
  readonly words: ReadonlySet<string>;
  /** The haves in the client's rounds, each ended by a flush. */
  readonly rounds: readonly (readonly string[])[];
}

/** All references and what this server can do, in version 0. */
export async function advertiseV0(repository: Repository): Promise<Buffer> {
  const { objectFormat, allowFilter, unsupported } = await repository.settings();
  // An empty list would look like an empty repository; references with long ids can be listed.
  if (unsupported !== undefined && objectFormat === 'sha1') throw new Fault('unsupported', unsupported);
  const { head, refs } = repository.refs();
  const words = [
    'multi_ack_detailed no-done side-band side-band-64k ofs-delta shallow deepen-since deepen-not',
    // as version 2, which hands out whatever is asked for by id
    'deepen-relative no-progress include-tag allow-tip-sha1-in-want allow-reachable-sha1-in-want',
    ...(allowFilter ? ['filter'] : []),
    ...(head?.target ? [`symref=HEAD:${head.target}`] : []),
    `object-format=${objectFormat} agent=${AGENT}`,
  ].join(' ');
  const lines: string[] = [];
  for (const ref of head ? [head, ...refs] : refs) {
    lines.push(`${ref.id} ${ref.name}`);
    const peeled = unsupported === undefined ? await repository.peeled(ref) : undefined;
    if (peeled !== undefined) lines.push(`${peeled} ${ref.name}^{}`);
  }
  const zero = objectFormat === 'sha256' ? ZERO.sha256 : ZERO.sha1;
  const [first = `${zero} capabilities^{}`, ...others] = lines;
  const grafts = [...repository.grafts()].map((id) => `shallow ${id}`);
  const all = [`${first}\0${words}`, ...others, ...grafts];
  return Buffer.concat([...all.map((line) => packet(`${line}\n`)), FLUSH]);
}

/** Answers one request for objects. Faults: `malformed`, and those that the client is told. */
export async function answerV0(repository: Repository, body: Buffer): Promise<Answer> {
  const { unsupported, allowFilter } = await repository.settings();
  const asked = readRequest(repository, body, allowFilter);
  if (asked === undefined) return [];
  if (unsupported !== undefined) throw new Fault('unsupported', unsupported);
  const { request, words, rounds } = asked;
  const ground = repository.ground();
  const enough = (common: ReadonlySet<string>): Promise<boolean> => isEnough(ground, request.wants, common);
  const { lines, agreed } = await negotiate(repository, asked, enough);
  const acknowledged = lines.map((line) => packet(`${line}\n`));
  // The client asks again, with more of what it has.
  const goesOn = !agreed || (rounds.length === 0 && !request.done);
  if (goesOn && !request.deepening) return acknowledged;
  const { shallow, unshallow, objects } = await select(ground, request);
  const ends = [
    ...shallow.map((id) => packet(`shallow ${id}\n`)),
    ...unshallow.map((id) => packet(`unshallow ${id}\n`)),
  ];
  const head = [...(request.deepening ? [...ends, FLUSH] : []), ...acknowledged];
  if (goesOn) return head;
  const bandBytes = words.has('side-band-64k')
    ? MAX_BAND
    : words.has('side-band')
      ? MAX_SMALL_BAND
      : undefined;
  return packAnswer(Buffer.concat(head), repository.objects, objects, bandBytes);
}

/** The acknowledgements of all rounds, and whether the pack follows. */
async function negotiate(
  { objects }: Repository,
  { request, words, rounds }: Asked,
  enough: (common: ReadonlySet<string>) => Promise<boolean>,
): Promise<{ readonly lines: readonly string[]; readonly agreed: boolean }> {
  const detailed = words.has('multi_ack_detailed');
  const lines: string[] = [];
  const common = new Set<string>();
  let last = '';
  for (const [index, round] of rounds.entries()) {
    for (const id of round) {
      if ((await objects.find(id)) === undefined) continue;
      if (detailed || common.size === 0) lines.push(detailed ? `ACK ${id} common` : `ACK ${id}`);
      common.add(id);
      last = id;
    }
    const isLast = request.done && index === rounds.length - 1;
    if (isLast) break;
    const ready = detailed && (await enough(common));
    if (ready) lines.push(`ACK ${last} ready`);
    if (detailed || common.size === 0) lines.push('NAK');
    if (!ready || !words.has('no-done')) continue;
    return { lines: [...lines, `ACK ${last}`], agreed: true };
  }
  if (!request.done) return { lines, agreed: false };
  if (common.size === 0) lines.push('NAK');
  else if (detailed) lines.push(`ACK ${last}`);
  return { lines, agreed: true };
}

/** Undefined for a lone flush, with which clients try whether they may send more. */
function readRequest({ refs }: Repository, body: Buffer, allowFilter: boolean): Asked | undefined {
  const packets = [...packetsOf(body)];
  const end = packets.findIndex(({ kind }) => kind === 'flush');
  if (end === -1 && packets.length > 0) throw unexpected(packets[0]);
  const draft = draftRequest();
  const rules = { refs, allowFilter };
  let words: ReadonlySet<string> = new Set();
  for (const [index, found] of packets.slice(0, end).entries()) {
    const [line = '', offered] = index === 0 ? splitFirst(textOf(found)) : [textOf(found)];
    if (offered) words = new Set(offered.split(' '));
    if (!/^(?:want|shallow|deepen|filter)\b/.test(line) || !takeLine(draft, line, rules))
      throw unexpected(found);
  }
  if (draft.wants.length === 0) return undefined;
  for (const word of words) if (/^(?:include-tag|deepen-relative)$/.test(word)) takeLine(draft, word, rules);
  const rounds = readRounds(packets.slice(end + 1), draft);
  return { request: finishRequest(draft), words, rounds };
}

function readRounds(packets: readonly Packet[], draft: RequestDraft): readonly (readonly string[])[] {
  const rounds: string[][] = [];
  let round: string[] = [];
  for (const found of packets) {
    if (found.kind === 'flush') {
      rounds.push(round);
      round = [];
    } else if (textOf(found) === 'done') {
      draft.done = true;
      return [...rounds, round];
    } else if (/^have [0-9a-f]{40}$/.test(textOf(found))) {
      round.push(textOf(found).slice(5));
      draft.haves.push(textOf(found).slice(5));
    } else throw unexpected(found);
  }
  return rounds;
}

/** The capabilities stand behind the first want. */
function splitFirst(line: string): readonly [string, string] {
  const end = 'want '.length + 40;
  return line.startsWith('want ') ? [line.slice(0, end), line.slice(end).trim()] : [line, ''];
}

function textOf(found: Packet): string {
  if (found.kind === 'line') return found.text;
  throw unexpected(found);
}

function unexpected(found: Packet | undefined): Fault {
  const shown = found?.kind === 'line' ? found.text : found?.kind;
  return new Fault('invalid', `upload-pack: protocol error, expected to get object ID, not '${shown}'`);
}
