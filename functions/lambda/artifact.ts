import { openArtifact } from '../../shared/runtime/aws/artifact.ts';
import { onHttp } from '../../shared/runtime/aws/invocation.ts';
import { handler as artifact } from '../artifact.ts';

/** `artifact` as Lambda calls it. */
export const handler = onHttp(openArtifact, artifact);
