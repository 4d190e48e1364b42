import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../infra/cli/commands.ts';
import { parseInput } from '../../../infra/cli/parse.ts';
import { columns } from '../../../infra/cli/say.ts';
import { openSession } from './recorded-world.ts';

const NAMES = COMMANDS.map(({ words }) => words.join(' '));

describe('help', () => {
  test.each([[[]], [['--help']], [['help']]])('of all commands is asked for by %j', async (argv) => {
    const { code, out, err } = await openSession().sluice(...argv);

    expect(code).toBe(0);
    expect(err).toBe('');
    for (const name of NAMES) expect(out).toContain(`  ${name}  `);
  });

  test('of a group lists its commands only', async () => {
    const { code, out } = await openSession().sluice('cluster', '--help');

    expect(code).toBe(0);
    expect(out).toContain('cluster add');
    expect(out).not.toContain('install');
  });

  test.each(NAMES)('of %s shows its usage, every flag of it, and does nothing', async (name) => {
    const { code, out, err } = await openSession().sluice(...name.split(' '), '--help');
    const entry = COMMANDS.find(({ words }) => words.join(' ') === name);
    const flags = Object.keys((await entry?.load())?.command.flags ?? {});

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`  sluice ${name}`);
    for (const flag of flags) expect(out).toContain(`--${flag}`);
  });
});

describe('a wrong command line exits with 2 and says what to do', () => {
  test.each([
    [['frob'], 'unknown command "frob"; "sluice --help" lists the commands'],
    [['cluster', 'frob'], 'unknown command "cluster frob"; "sluice --help" lists the commands'],
    [['--frob'], 'unknown flag --frob; "sluice --help" lists the commands'],
    [['install', '--frob'], 'unknown flag --frob; see "sluice install --help"'],
    [['install', 'prod'], 'unexpected argument "prod"; see "sluice install --help"'],
    [['install', '--context'], 'flag --context needs a value; see "sluice install --help"'],
    [['install', '--dry-run=yes'], 'flag --dry-run takes no value; see "sluice install --help"'],
    [['cluster', 'add'], 'NAME is missing; see "sluice cluster add --help"'],
    [['cluster', 'add', 'Prod'], '"Prod" is no name for a cluster'],
    [['cluster', 'add', 'a', '--owns', 'most'], 'choose all, none or shard=KEY'],
    [['cluster', 'add', 'a', '--owns', 'shard='], 'choose all, none or shard=KEY'],
    [['cluster', 'add', 'a', '--profile', 'strict'], 'unknown profile "strict"; choose flux or lockdown'],
    [['cluster', 'add', 'a', '--namespaces', 'x,,y'], '"" is no namespace'],
    [['cluster', 'add', 'a', '--label', 'region'], '--label "region" is not KEY=VALUE'],
    [['cluster', 'list', '-o', 'yaml'], 'unknown output "yaml"; choose json'],
    [['cluster', 'remove', 'a', '--keep', '--prune'], '--keep and --prune exclude each other; choose one'],
  ])('%j', async (argv, said) => {
    const { code, out, err } = await openSession().sluice(...argv);

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^error: [^\n]*$/);
    expect(err).toContain(said);
  });
});

describe('a failure', () => {
  test('is one line without a stack, with exit code 1', async () => {
    const { code, err } = await openSession().sluice('install', '--kubeconfig', 'absent');

    expect(code).toBe(1);
    expect(err).toBe('error: there is no kubeconfig absent; give a file that is there');
  });

  test('has a symbol on a terminal', async () => {
    const { err } = await openSession({ answers: [] }).sluice('install', '--kubeconfig', 'absent');

    expect(err).toMatch(/^✗ there is no kubeconfig/);
  });

  test('has its stack with --verbose', async () => {
    const { code, err } = await openSession().sluice('install', '--kubeconfig', 'absent', '--verbose');

    expect(code).toBe(1);
    expect(err).toContain('person-kubeconfig.ts');
  });
});

test('a flag may be repeated when it says so', async () => {
  const [add] = COMMANDS.filter(({ words }) => words.join(' ') === 'cluster add');
  const command = (await add?.load())?.command;
  if (!command) throw new Error('no cluster add');

  const input = parseInput('cluster add', command, ['prod', '--label', 'a=b', '--label', 'c=d', '-y']);

  expect(input.positionals).toEqual(['prod']);
  expect(input.all('label')).toEqual(['a=b', 'c=d']);
  expect(input.on('yes')).toBe(true);
  expect(input.on('take')).toBe(false);
  expect(input.text('profile')).toBeUndefined();
});

test('columns are aligned, and no line ends in spaces', () => {
  expect(
    columns([
      ['a', 'long cell', ''],
      ['bcd', 'e', 'f'],
    ]),
  ).toEqual(['a     long cell', 'bcd   e           f']);
});

test('questions about the state do not make it', async () => {
  const session = openSession();

  const list = await session.sluice('cluster', 'list');
  const json = await session.sluice('cluster', 'list', '-o', 'json');
  const remove = await session.sluice('cluster', 'remove', 'prod');

  expect(list.code).toBe(0);
  expect(list.err).toBe('No clusters are registered in .sluice; "sluice cluster add NAME" registers one.');
  expect(JSON.parse(json.out)).toEqual([]);
  expect(remove.code).toBe(1);
  expect(remove.err).toContain('no cluster "prod" is registered in .sluice');
  expect((await import('node:fs')).readdirSync(session.cwd)).toEqual([]);
});
