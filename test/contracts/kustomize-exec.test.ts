import { describeWithKustomize, exec } from '../features/kustomize/world.ts';
import { execContract } from './exec.ts';

describeWithKustomize('Exec: the real kustomize', () => {
  execContract(exec);
});
