import type { KindRules } from '../kind-rules.ts';
import { type Report, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsOf,
  innerForm,
  itemsOf,
  sameValue,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import { check, dns1035Label, dnsSubdomain } from '../rules/formats.ts';

const VERSION = [
  ...['name', 'served', 'storage', 'deprecated', 'deprecationWarning', 'schema', 'subresources'],
  ...['additionalPrinterColumns', 'selectableFields'],
];
const SCOPES = ['Cluster', 'Namespaced'];

/** What a CRD is besides its schemas, which are looked at where they are read. */
export const customResourceDefinition: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    const names = childOf(spec, 'names');
    const kind = textOf(names.kind);
    if (textOf(names.singular) === '') names.singular = kind.toLowerCase();
    if (textOf(names.listKind) === '' && kind !== '') names.listKind = `${kind}List`;
    fallback(spec, 'conversion', { strategy: 'None' });
    const service = fieldsOf(fieldsOf(fieldsOf(fieldsOf(spec.conversion)?.webhook)?.clientConfig)?.service);
    if (service) fallback(service, 'port', 443);
  },
  create: remember,
  update: remember,
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    const names = fieldsOf(spec.names) ?? {};
    const name = textOf(fieldsOf(object.metadata)?.name);
    if (!old) check(report, 'metadata.name', name, dnsSubdomain);
    if (!old && name !== `${textOf(names.plural)}.${textOf(spec.group)}`) {
      report.push(wrong('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
    }
    checkGroup(report, textOf(spec.group));
    const scope = textOf(spec.scope);
    if (scope === '') report.push(required('spec.scope'));
    else if (!SCOPES.includes(scope)) report.push(unsupported('spec.scope', scope, SCOPES));
    checkVersions(report, itemsOf(spec.versions));
    const [first] = itemsOf(spec.versions);
    const firstName = textOf(first?.name);
    // The first version has a field of its own in the API server's inner form.
    if (first && dns1035Label(firstName).length > 0) {
      report.push(wrong('spec.version', firstName, dns1035Label(firstName).join(',')));
    }
    if (stringsOf(fieldsOf(object.status)?.storedVersions).length === 0) {
      report.push(wrong('status.storedVersions', null, 'must have at least one stored version'));
    }
    checkNames(report, names);
    if (fieldsOf(spec.conversion)?.strategy !== 'None') {
      const detail = 'this cluster calls no webhooks: conversion must be None';
      report.push(wrong('spec.conversion.strategy', fieldsOf(spec.conversion)?.strategy, detail));
    }
    const before = fieldsOf(old?.spec);
    if (before) checkChange(report, object, old ?? {}, before);
  },
};

// The API server remembers every version that was ever stored.
function remember(object: Fields): void {
  const spec = fieldsOf(object.spec) ?? {};
  const status = { ...fieldsOf(object.status) };
  const stored = stringsOf(status.storedVersions);
  const now = textOf(itemsOf(spec.versions).find(({ storage }) => storage === true)?.name);
  status.storedVersions = now === '' || stored.includes(now) ? stored : [...stored, now];
  object.status = { conditions: null, acceptedNames: { plural: '', kind: '' }, ...status };
}

function checkGroup(report: Report, group: string): void {
  if (group === '') report.push(required('spec.group'));
  else if (dnsSubdomain(group).length > 0) {
    report.push(wrong('spec.group', group, dnsSubdomain(group).join(',')));
  } else if (!group.includes('.')) {
    report.push(wrong('spec.group', group, 'should be a domain with at least one dot'));
  }
}

function checkVersions(report: Report, versions: readonly Fields[]): void {
  for (const [index, version] of versions.entries()) {
    const at = `spec.versions[${index}]`;
    const name = textOf(version.name);
    if (dns1035Label(name).length > 0) {
      report.push(wrong(`${at}.name`, name, dns1035Label(name).join(',')));
    }
    if (!fieldsOf(fieldsOf(version.schema)?.openAPIV3Schema)) {
      report.push(required(`${at}.schema.openAPIV3Schema`));
    }
  }
  // The API server shows its inner form of all versions here, with their schemas; that much nobody reads.
  const shown = versions.map((version) =>
    innerForm({ deprecated: false, ...version, schema: null }, VERSION),
  );
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    report.push(wrong('spec.versions', shown, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    const detail = 'must have exactly one version marked as storage version';
    report.push(wrong('spec.versions', shown, detail));
  }
}

function checkNames(report: Report, names: Fields): void {
  for (const name of ['plural', 'singular', 'kind', 'listKind']) {
    const text = textOf(names[name]);
    const isKind = name === 'kind' || name === 'listKind';
    if (text === '') report.push(required(`spec.names.${name}`));
    const says = text === '' ? [] : dns1035Label(isKind ? text.toLowerCase() : text);
    const but = isKind ? 'may have mixed case, but should otherwise match: ' : '';
    if (says.length > 0) report.push(wrong(`spec.names.${name}`, text, `${but}${says.join(',')}`));
  }
  for (const list of ['shortNames', 'categories']) {
    for (const [index, text] of stringsOf(names[list]).entries()) {
      const says = dns1035Label(text);
      if (says.length > 0) report.push(wrong(`spec.names.${list}[${index}]`, text, says.join(',')));
    }
  }
  if (textOf(names.kind) !== '' && names.kind === names.listKind) {
    report.push(wrong('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
  }
}

function checkChange(report: Report, object: Fields, old: Fields, before: Fields): void {
  const spec = fieldsOf(object.spec) ?? {};
  const kept = new Set(itemsOf(spec.versions).map(({ name }) => textOf(name)));
  for (const [index, version] of stringsOf(fieldsOf(object.status)?.storedVersions).entries()) {
    if (kept.has(version)) continue;
    const detail = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    report.push(wrong(`status.storedVersions[${index}]`, version, detail));
  }
  if (!sameValue(spec.group, before.group)) {
    report.push(wrong('spec.group', spec.group, 'field is immutable'));
  }
  const isEstablished = itemsOf(fieldsOf(old.status)?.conditions).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
  if (!isEstablished) return;
  const [now, was] = [fieldsOf(spec.names) ?? {}, fieldsOf(before.names) ?? {}];
  if (spec.scope !== before.scope) report.push(wrong('spec.scope', spec.scope, 'field is immutable'));
  for (const name of ['plural', 'kind']) {
    if (now[name] !== was[name]) {
      report.push(wrong(`spec.names.${name}`, now[name], 'field is immutable'));
    }
  }
}
