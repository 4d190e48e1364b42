import { describe } from 'vitest';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemorySecrets } from '../../shared/adapters/memory/memory-secrets.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { objectStoreContract } from './object-store.ts';
import { secretsContract } from './secrets.ts';
import { storeOwnerContract } from './store-owner.ts';

describe('memory store', () => {
  objectStoreContract(async () => ({ store: createMemoryStore(createManualClock()) }));
  storeOwnerContract(async () => ({ store: createMemoryStore(createManualClock()) }));
});

describe('memory secrets', () => {
  secretsContract(async () => ({ secrets: createMemorySecrets() }));
});
