import { Fault } from '../../shared/core/failures.ts';
import { type Command, type Input, STATE_FLAG } from './command.ts';
import { type Check, type Finding, runChecks } from './doctor/finding.ts';
import { localChecks } from './doctor/local-checks.ts';
import { OUTPUT_FLAG, wantsJson } from './output.ts';
import { count } from './say.ts';
import { configOf, openAnyState, type State, stateName } from './state.ts';
import type { World } from './world.ts';

/** `sluice doctor`. */
export const command: Command = {
  takes: [],
  about: [
    'Look at everything that has to work, and say what does not, where, and what to do: state, queues, failed',
    'messages, kustomize, webhooks (with a signed test delivery that wakes nothing), and each registered cluster.',
    'Of a deployment on AWS it looks at functions and their roles, the clock, queues and their ages, and at each',
    'cluster twice: as this machine reaches it, and as the functions do.',
    "It leaves nothing changed, but that a deployment on AWS has its webhooks' key from then on.",
    'The exit code is 1 when there is a problem; a warning is none.',
  ],
  examples: ['sluice doctor', 'sluice doctor -o json', 'sluice doctor --stack sluice-prod'],
  flags: {
    'webhook-url': {
      type: 'string',
      value: 'URL',
      help: "where deliveries are taken (default: on this machine, or the stack's own URL)",
    },
    ...OUTPUT_FLAG,
    ...STATE_FLAG,
  },
  async run(input, world) {
    const asJson = wantsJson(input);
    const state = await openAnyState(input, world, true);
    if (!state) {
      const text = `there is no state in ${stateName(input, world)}; "sluice dev" or "sluice cluster add NAME" makes it`;
      throw new Fault('not-found', text);
    }
    const findings = await runChecks(await checksOf(state, input, world));
    if (asJson) world.out(JSON.stringify(findings, null, 2));
    else for (const finding of findings) print(finding, world);
    const problems = findings.filter(({ level }) => level === 'problem').length;
    if (problems > 0) throw new Fault('invalid', `${count(problems, 'problem')} found`);
  },
};

async function checksOf(state: State, input: Input, world: World): Promise<readonly Check[]> {
  const webhookUrl = input.text('webhook-url') ?? state.webhookUrl;
  const { stack } = state;
  // Local commands load nothing of AWS.
  if (stack)
    return (await import('./doctor/stack-checks.ts')).stackChecks({ world, state, webhookUrl, stack });
  return localChecks({ world, config: configOf(input, world), state, webhookUrl });
}

const MARK = { ok: '✔', warning: '⚠', problem: '✗' } as const;
const WORD = { ok: 'ok     ', warning: 'warning', problem: 'problem' } as const;

function print({ level, where, what, todo }: Finding, world: World): void {
  const mark = (world.symbols ? MARK : WORD)[level];
  world.out(`${mark} ${where}: ${what}`);
  if (todo !== undefined) world.out(`${' '.repeat(mark.length)} -> ${todo}`);
}
