import { installCfnLint } from './cfn-lint.ts';
import { installMoto } from './moto.ts';
import { buildOciPrograms } from './oci-programs.ts';
import { buildS3Server } from './s3-server.ts';
import { buildSops } from './sops.ts';

/** Prepares what stands for AWS in the tests; both are pinned, and made once in a cache outside the project. */
async function main(): Promise<void> {
  const started = performance.now();
  const [moto, s3, lint] = await Promise.all([installMoto(), buildS3Server(), installCfnLint()]);
  const sops = await buildSops();
  const registries = await buildOciPrograms();
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(
    `servers: moto ready in ${moto}, S3 in ${s3}, cfn-lint in ${lint}, sops in ${sops} (${seconds} s)`,
  );
  console.log(`servers: registries in ${registries}`);
}

try {
  await main();
} catch (error) {
  console.error(`servers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
