import type { KindRules } from '../kind-rules.ts';
import { duplicate, immutable, required, unsupported } from '../rules/errors.ts';
import { fallback, fieldsOf, itemsOf, sameValue, stringsOf, textOf } from '../rules/fields.ts';
import { check, dnsLabel } from '../rules/formats.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export const endpoints: KindRules = {
  defaults(object) {
    for (const subset of itemsOf(object.subsets)) {
      for (const port of itemsOf(subset.ports)) fallback(port, 'protocol', 'TCP');
    }
  },
  validate(report, object) {
    for (const [index, subset] of itemsOf(object.subsets).entries()) {
      const at = `subsets[${index}]`;
      const addresses = [...itemsOf(subset.addresses), ...itemsOf(subset.notReadyAddresses)];
      if (addresses.length === 0) {
        report.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
      }
    }
  },
};

export const endpointSlice: KindRules = {
  generation: (object, old) =>
    !sameValue({ ...object, metadata: undefined }, { ...old, metadata: undefined }) ||
    !sameValue(fieldsOf(object.metadata)?.labels, fieldsOf(old.metadata)?.labels),
  defaults(object) {
    for (const port of itemsOf(object.ports)) {
      fallback(port, 'name', '');
      fallback(port, 'protocol', 'TCP');
    }
  },
  validate(report, object, old) {
    const type = textOf(object.addressType);
    if (type === '') report.push(required('addressType'));
    else if (!ADDRESS_TYPES.includes(type)) report.push(unsupported('addressType', type, ADDRESS_TYPES));
    const names = new Set<string>();
    for (const [index, port] of itemsOf(object.ports).entries()) {
      const at = `ports[${index}]`;
      const name = textOf(port.name);
      if (name !== '') check(report, `${at}.name`, name, dnsLabel);
      if (names.has(name)) report.push(duplicate(`${at}.name`, name));
      names.add(name);
      const protocol = textOf(port.protocol);
      if (!PROTOCOLS.includes(protocol)) report.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS));
    }
    for (const [index, endpoint] of itemsOf(object.endpoints).entries()) {
      if (stringsOf(endpoint.addresses).length === 0) {
        report.push(required(`endpoints[${index}].addresses`, 'must contain at least 1 address'));
      }
    }
    if (old && old.addressType !== type) report.push(immutable('addressType', type));
  },
};
