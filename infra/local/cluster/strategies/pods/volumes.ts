import { duplicate, forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from '../rules/fields.ts';
import { check, dnsLabel } from '../rules/formats.ts';
import { checkClaimSpec } from './claim-spec.ts';

const HIGHEST_MODE = 0o777;
const MODES = 'must be a number between 0 and 0777 (octal), both inclusive';
const HOST_PATH_TYPES = [
  ...['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
];
/** What a source of one member must say, by the source's name. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  secret: ['secretName'],
  configMap: ['name'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
  image: ['reference'],
};

/** All that is wrong with a pod's volumes; returns the names that containers may mount. */
export function checkVolumes(report: Report, path: string, volumes: readonly Fields[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const at = `${path}[${index}]`;
    const before = report.length;
    checkSources(report, at, volume);
    const name = textOf(volume.name);
    if (name === '') report.push(required(`${at}.name`));
    else check(report, `${at}.name`, name, dnsLabel);
    if (names.has(name)) report.push(duplicate(`${at}.name`, name));
    if (report.length === before) names.add(name);
  }
  return names;
}

function checkSources(report: Report, at: string, volume: Fields): void {
  const [first, ...others] = Object.keys(volume).filter((name) => name !== 'name' && fieldsOf(volume[name]));
  for (const other of others) {
    report.push(forbidden(`${at}.${other}`, 'may not specify more than 1 volume type'));
  }
  if (first === undefined) {
    report.push(required(at, 'must specify a volume type'));
    return;
  }
  const source = fieldsOf(volume[first]) ?? {};
  for (const name of NAMES[first] ?? []) {
    if (textOf(source[name]) === '') report.push(required(`${at}.${first}.${name}`));
  }
  checkFiles(report, `${at}.${first}`, source);
  if (first === 'hostPath') {
    const type = textOf(source.type);
    if (!HOST_PATH_TYPES.includes(type)) {
      report.push(unsupported(`${at}.hostPath.type`, type, HOST_PATH_TYPES));
    }
    if (textOf(source.path).split('/').includes('..')) {
      report.push(wrong(`${at}.hostPath.path`, source.path, "must not contain '..'"));
    }
  }
  if (first === 'ephemeral') {
    const template = fieldsOf(source.volumeClaimTemplate);
    if (template) checkClaimSpec(report, `${at}.ephemeral.volumeClaimTemplate.spec`, template.spec);
    else report.push(required(`${at}.ephemeral.volumeClaimTemplate`));
  }
}

function checkFiles(report: Report, at: string, source: Fields): void {
  checkMode(report, `${at}.defaultMode`, source.defaultMode);
  for (const [index, file] of itemsOf(source.items).entries()) {
    const of = `${at}.items[${index}]`;
    const isDownward = at.endsWith('.downwardAPI');
    if (!isDownward && textOf(file.key) === '') report.push(required(`${of}.key`));
    const path = textOf(file.path);
    if (path === '') report.push(required(`${of}.path`));
    if (path.startsWith('/')) report.push(wrong(`${of}.path`, path, 'must be a relative path'));
    if (path.split('/').includes('..')) report.push(wrong(`${of}.path`, path, "must not contain '..'"));
    else if (path.startsWith('..')) report.push(wrong(`${of}.path`, path, "must not start with '..'"));
    checkMode(report, `${of}.mode`, file.mode);
  }
}

function checkMode(report: Report, at: string, mode: unknown): void {
  if (mode !== undefined && (numberOf(mode) < 0 || numberOf(mode) > HIGHEST_MODE)) {
    report.push(wrong(at, mode, MODES));
  }
}
