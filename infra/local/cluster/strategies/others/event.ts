import type { KindRules } from '../kind-rules.ts';
import { wrong } from '../rules/errors.ts';
import { fieldsOf, textOf } from '../rules/fields.ts';

/** Events of the old group: about an object of their own namespace. */
export const event: KindRules = {
  validate(report, object, old) {
    if (old || object.apiVersion !== 'v1') return;
    const namespace = textOf(fieldsOf(object.metadata)?.namespace);
    const about = textOf(fieldsOf(object.involvedObject)?.namespace);
    if (
      about === ''
        ? namespace !== 'default' && namespace !== '' && namespace !== 'kube-system'
        : about !== namespace
    ) {
      const detail = 'does not match event.namespace';
      report.push(wrong('involvedObject.namespace', about, detail));
    }
  },
};
