import { randomKey } from '../../shared/adapters/local/system.ts';
import { Fault } from '../../shared/core/failures.ts';
import { putHook } from '../../shared/receive/hook-index.ts';
import { digestOfPath, webhookPath } from '../../shared/receive/webhook-path.ts';
import { type Command, type Input, STATE_FLAG } from './command.ts';
import { usage } from './problems.ts';
import { done, warn } from './say.ts';
import { openState, type State } from './state.ts';
import { webhookHost } from './webhook-hosts.ts';
import { fleetWebhooks, hookKey, hookPorts } from './webhook-index.ts';

/** Bytes of a secret that nobody can guess; in hex, which any form takes. */
const SECRET_BYTES = 32;

/** `sluice webhook add`. */
export const command: Command = {
  takes: ['TYPE'],
  about: [
    'Make one webhook for all clusters: every source of every registered cluster whose repository a delivery',
    'names is looked at, at once. TYPE is github, gitlab, harbor or generic.',
    '',
    'The secret is printed once; only an encrypted copy is kept.',
  ],
  examples: [
    'sluice webhook add github --org acme --url https://hooks.example.com',
    'sluice webhook add harbor --org library',
  ],
  flags: {
    org: {
      type: 'string',
      value: 'NAME',
      help: 'organisation, group or project; others are not listened to',
    },
    name: { type: 'string', value: 'NAME', help: 'what to call it (default: the type and the organisation)' },
    url: {
      type: 'string',
      value: 'URL',
      help: 'where senders reach the webhook server (default: this machine, or the stack)',
    },
    ...STATE_FLAG,
  },
  async run(input, world) {
    const [type = ''] = input.positionals;
    const host = webhookHost(type);
    const org = input.text('org');
    if (org === undefined && host.org === 'required')
      throw usage(`--org says whose repositories of ${type} count`);
    const name = nameOf(input, type, org);
    const given = givenBase(input);
    const state = await openState(input, world);
    if ((await fleetWebhooks(state)).some((one) => one.name === name)) {
      const text = `there is a webhook "${name}" already; "sluice webhook remove ${name}" removes it, or choose another --name`;
      throw new Fault('already-exists', text, { name });
    }
    const base = given ?? state.webhookUrl;
    const secret = Buffer.from(randomKey(SECRET_BYTES)).toString('hex');
    const token = Buffer.from(secret);
    const path = webhookPath(token, name, '');
    await putHook(hookPorts(state, world), await hookKey(state), digestOfPath(path) ?? '', {
      owner: { webhook: name },
      type,
      token: token.toString('base64'),
      events: [],
      resources: [],
      ...(org !== undefined && { org }),
    });
    done(world, `webhook ${name} is listened to`);
    const lines = [
      '',
      `URL      ${base}${path}`,
      ...(type === 'generic' ? [] : [`Secret   ${secret}`]),
      '',
      ...host.where.map((line) => line.replace('ORG', org ?? '').replace('URL -d', `${base}${path} -d`)),
    ];
    for (const line of lines) world.out(line);
    if (given === undefined && isHere(state))
      warn(world, 'the URL reaches this machine only; --url says under which address others reach it');
  },
};

/** A name stands in keys and lines between slashes. */
function nameOf(input: Input, type: string, org: string | undefined): string {
  const given = input.text('name');
  const name = given ?? [type, ...(org ?? '').split(/[^A-Za-z0-9._-]+/)].filter(Boolean).join('-');
  if (/^[A-Za-z0-9._-]{1,100}$/.test(name)) return name;
  throw usage('--name has 1 to 100 letters, digits, ".", "-" or "_"');
}

function isHere({ directory }: State): boolean {
  return directory !== undefined;
}

function givenBase(input: Input): string | undefined {
  const given = input.text('url');
  if (given === undefined) return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw usage(`--url must be an http or https URL`);
  return given.replace(/\/+$/, '');
}
