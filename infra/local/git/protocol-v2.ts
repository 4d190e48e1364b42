import { Fault } from '../../../shared/core/failures.ts';
import { type Answer, packAnswer } from './answer.ts';
import { AGENT, draftRequest, finishRequest, takeLine } from './fetch-request.ts';
import { brokenRequest, DELIMITER, FLUSH, MAX_BAND, type Packet, packet, packetsOf } from './packet-lines.ts';
import type { Ref, RefList } from './refs.ts';
import type { Repository } from './repository.ts';
import { type FetchRequest, isEnough, select } from './selection.ts';

/** One command of protocol version 2. */
interface Command {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly arguments: readonly string[];
}

/** What this server can do, in version 2. */
export async function advertiseV2(repository: Repository): Promise<Buffer> {
  const { objectFormat, allowFilter } = await repository.settings();
  const lines = [
    'version 2',
    `agent=${AGENT}`,
    'ls-refs=unborn',
    `fetch=shallow${allowFilter ? ' filter' : ''}`,
    `object-format=${objectFormat}`,
  ];
  return Buffer.concat([...lines.map((line) => packet(`${line}\n`)), FLUSH]);
}

/** Answers one command. Faults: `malformed`, and those that the client is told. */
export async function answerV2(repository: Repository, body: Buffer): Promise<Answer> {
  const command = readCommand(body);
  if (command === undefined) return [];
  const { objectFormat, unsupported, allowFilter } = await repository.settings();
  if (unsupported !== undefined) throw new Fault('unsupported', unsupported);
  const format = command.capabilities.find((word) => word.startsWith('object-format='))?.slice(14) ?? 'sha1';
  if (format !== objectFormat)
    throw new Fault('unsupported', `mismatched object format: server ${objectFormat}; client ${format}`);
  if (command.name === 'ls-refs') return lsRefs(repository, command.arguments);
  if (command.name === 'fetch') return fetchObjects(repository, command.arguments, allowFilter);
  throw new Fault('invalid', `unknown command '${command.name}'`);
}

/** Undefined for a lone flush, with which clients try whether they may send more. */
function readCommand(body: Buffer): Command | undefined {
  const parts: Record<'capabilities' | 'arguments', string[]> = { capabilities: [], arguments: [] };
  let part: keyof typeof parts = 'capabilities';
  let ended = false;
  for (const found of packetsOf(body)) {
    ended = found.kind === 'flush';
    if (ended) break;
    if (found.kind === 'delimiter') part = 'arguments';
    else parts[part].push(textOf(found));
  }
  if (!ended && body.length > 0) throw brokenRequest('the request ends without a flush packet');
  const { capabilities } = parts;
  if (capabilities.length === 0) return undefined;
  const name = capabilities.find((line) => line.startsWith('command='))?.slice(8);
  if (name === undefined) throw new Fault('invalid', 'no command requested');
  return { name, ...parts };
}

function textOf(found: Packet): string {
  if (found.kind === 'line') return found.text;
  throw brokenRequest(`unexpected ${found.kind} packet`);
}

/** Beyond so many Git lists everything, too. */
const MAX_PREFIXES = 65_536;

async function lsRefs(repository: Repository, lines: readonly string[]): Promise<Answer> {
  const prefixes = lines.flatMap((line) => (line.startsWith('ref-prefix ') ? line.slice(11) : []));
  const all = prefixes.length === 0 || prefixes.length > MAX_PREFIXES || prefixes.includes('');
  const options = { peel: lines.includes('peel'), symrefs: lines.includes('symrefs') };
  const matches = (name: string): boolean => all || prefixes.some((prefix) => name.startsWith(prefix));
  const listed: RefList = repository.refs();
  const answer: Buffer[] = [];
  for (const ref of [...(listed.head ? [listed.head] : []), ...listed.refs])
    if (matches(ref.name)) answer.push(await refLine(repository, ref, options));
  if (listed.unborn !== undefined && lines.includes('unborn') && matches('HEAD'))
    answer.unshift(packet(`unborn HEAD${options.symrefs ? ` symref-target:${listed.unborn}` : ''}\n`));
  return [Buffer.concat([...answer, FLUSH])];
}

async function refLine(
  repository: Repository,
  ref: Ref,
  options: { readonly peel: boolean; readonly symrefs: boolean },
): Promise<Buffer> {
  const target = options.symrefs && ref.target !== undefined ? ` symref-target:${ref.target}` : '';
  const peeled = options.peel ? await repository.peeled(ref) : undefined;
  return packet(`${ref.id} ${ref.name}${target}${peeled === undefined ? '' : ` peeled:${peeled}`}\n`);
}

async function fetchObjects(
  repository: Repository,
  lines: readonly string[],
  allowFilter: boolean,
): Promise<Answer> {
  const request = readRequest(repository, lines, allowFilter);
  if (request.wants.length === 0) return [FLUSH];
  const ground = repository.ground();
  const head: Buffer[] = [];
  if (!request.done) {
    const common = new Set<string>();
    for (const id of request.haves) if (await repository.objects.find(id)) common.add(id);
    const ready = await isEnough(ground, request.wants, common);
    head.push(packet('acknowledgments\n'));
    if (common.size === 0) head.push(packet('NAK\n'));
    for (const id of common) head.push(packet(`ACK ${id}\n`));
    if (!ready) return [...head, FLUSH];
    head.push(packet('ready\n'), DELIMITER);
  }
  const { shallow, unshallow, objects } = await select(ground, request);
  if (request.deepening || request.shallows.length > 0 || shallow.length > 0) {
    head.push(packet('shallow-info\n'));
    for (const id of shallow) head.push(packet(`shallow ${id}\n`));
    for (const id of unshallow) head.push(packet(`unshallow ${id}\n`));
    head.push(DELIMITER);
  }
  head.push(packet('packfile\n'));
  return packAnswer(Buffer.concat(head), repository.objects, objects, MAX_BAND);
}

// Packs are never thin, hold no deltas and bring no progress, so that these ask for nothing more.
const NEEDLESS: readonly string[] = ['thin-pack', 'no-progress', 'ofs-delta'];

function readRequest({ refs }: Repository, lines: readonly string[], allowFilter: boolean): FetchRequest {
  const draft = draftRequest();
  for (const line of lines) {
    if (takeLine(draft, line, { refs, allowFilter }) || NEEDLESS.includes(line)) continue;
    throw new Fault('invalid', `unexpected line: '${line}'`);
  }
  return finishRequest(draft);
}
