import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Fault } from '../../core/failures.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** Calls a function and waits for what it says. Faults: `server-error` when it threw, crashed or ran out of time. */
export type Invoke = <Call, Answer>(call: Call, signal: AbortSignal) => Promise<Answer>;

/** Calls of one function, which takes `timeoutMs` at most; not tried again, the caller knows whether that helps. */
export function createInvoke(access: AwsAccess, name: string, timeoutMs: number): Invoke {
  const settings = clientSettings(access);
  const requestHandler = { ...settings.requestHandler, requestTimeout: timeoutMs, socketTimeout: timeoutMs };
  const client = new LambdaClient({ ...settings, requestHandler, maxAttempts: 1 });
  return <Call, Answer>(call: Call, signal: AbortSignal) =>
    asFaults(`call ${name}`, async () => {
      signal.throwIfAborted();
      const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(call) });
      const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
      const text = Payload?.transformToString() ?? '';
      // What it threw may hold links of its call, which are secrets.
      if (FunctionError !== undefined) throw new Fault('server-error', `${name} failed; its log says why`);
      return parse<Answer>(name, text);
    });
}

function parse<Answer>(name: string, text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch (error) {
    throw new Fault('malformed', `${name} answered no JSON`, {}, error);
  }
}
