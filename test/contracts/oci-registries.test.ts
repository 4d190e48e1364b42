import { startReferrersRegistry, startRegistry } from '../servers/oci-server.ts';
import { registryContract } from './oci-registry.ts';

registryContract('the distribution registry', () => startRegistry(), { hasReferrers: false, hasPages: true });
registryContract('a registry with the referrers API', () => startReferrersRegistry(), {
  hasReferrers: true,
  hasPages: false,
});
