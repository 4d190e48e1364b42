import { kustomizeExec } from '../../adapters/exec/kustomize.ts';
import type { RenderAnswer, RenderCall } from '../../adapters/exec/render-call.ts';
import { serveRender } from '../../adapters/exec/render-serve.ts';
import type { Exec } from '../../ports.ts';
import { type Base, base } from './base.ts';

/** Where the layer puts its kubectl. */
const LAYER = '/opt/kubectl';

/** The world of `render`: a program and the time. */
export interface RenderWorld extends Base {
  readonly exec: Exec;
}

/** Opens `render`'s world. */
export async function openRender(): Promise<RenderWorld> {
  const exec = kustomizeExec({
    cacheDirectory: '/tmp/sluice',
    searchPath: LAYER,
    platform: 'linux-x64',
  });
  return { ...base, exec };
}

/** Does what `apply` asks for. */
export function render(call: RenderCall, { exec }: RenderWorld, signal: AbortSignal): Promise<RenderAnswer> {
  return serveRender(call, exec, signal);
}
