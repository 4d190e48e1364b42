import { serveArtifact } from '../shared/artifact/serve.ts';

/** Leads consumers to stored artifacts. */
export const handler = serveArtifact;
