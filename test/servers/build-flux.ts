import { buildFlux, FLUX_PROGRAMS } from './flux.ts';

/** Builds Flux's own controllers, beside which Sluice is tested and measured. */
try {
  await buildFlux();
  console.log(`flux: ${FLUX_PROGRAMS.join(' and ')} are ready`);
} catch (error) {
  console.error(`flux: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
