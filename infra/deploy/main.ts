import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Bundle, bundleAll } from '../build.ts';
import { oslsProgram, run } from './osls.ts';
import { makePackage } from './package.ts';
import { readTemplate, type Template, templateFile } from './template.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIRECTORY = join(ROOT, 'dist', 'package');

/** `npm run package` and `npm run deploy`, with osls's own options behind `--`; `remove` takes the stack away. */
async function main([command = '', ...args]: readonly string[]): Promise<void> {
  if (command === 'package') return report(await makePackage({ directory: DIRECTORY, args }));
  if (command !== 'deploy' && command !== 'remove') throw new Error('package, deploy or remove');
  if (command === 'deploy') await bundleAll();
  await run(process.execPath, [await oslsProgram(), command, ...args], ROOT, process.env);
}

function report(bundles: readonly Bundle[]): void {
  const template = readTemplate(DIRECTORY);
  console.log(
    `\n${'function'.padEnd(10)}${'bundle KB'.padStart(11)}${'later KB'.padStart(10)}${'zip KB'.padStart(9)}  memory  architecture  most of it`,
  );
  for (const { name, bytes, laterBytes, archive, packages } of bundles) {
    const { MemorySize, Architectures } = functionOf(template, name);
    const most = packages.slice(0, 4).map(([of, size]) => `${of} ${kilobytes(size)}`);
    const zip = statSync(archive).size;
    const columns = [
      kilobytes(bytes).padStart(11),
      kilobytes(laterBytes).padStart(10),
      kilobytes(zip).padStart(9),
    ];
    console.log(
      `${name.padEnd(10)}${columns.join('')}${String(MemorySize).padStart(8)}  ${String(Architectures).padEnd(12)}  ${most.join(', ')}`,
    );
  }
  const types = Map.groupBy(Object.values(template.Resources), ({ Type }) => Type.replace(/^AWS::/, ''));
  console.log(`\n${Object.keys(template.Resources).length} resources:`);
  for (const [type, some] of [...types].toSorted(([, one], [, other]) => other.length - one.length))
    console.log(`  ${String(some.length).padStart(3)} ${type}`);
  const file = templateFile(DIRECTORY);
  console.log(
    `\n${relative(ROOT, file)}, ${kilobytes(statSync(file).size)} KB of the 1 MB that CloudFormation takes`,
  );
}

function functionOf({ Resources }: Template, name: string): Template['Resources'][string]['Properties'] {
  const id = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}LambdaFunction`;
  const found = Resources[id];
  if (found === undefined) throw new Error(`functions/lambda/${name}.ts is not in serverless.yml`);
  return found.Properties;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0);
}

await main(process.argv.slice(2));
