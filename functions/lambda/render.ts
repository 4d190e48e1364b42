import { onCall } from '../../shared/runtime/aws/invocation.ts';
import { openRender, render } from '../../shared/runtime/aws/render.ts';

/** Runs the real kustomize for others, without any rights of its own. */
export const handler = onCall(openRender, render);
