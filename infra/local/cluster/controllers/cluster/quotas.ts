import { usageOf } from '../../strategies/quota/usage.ts';
import { fieldsOf } from '../../strategies/rules/fields.ts';
import { isNews } from '../conditions.ts';
import type { Controller } from '../controller.ts';
import { keyOf } from '../owners.ts';

const QUOTAS = '/resourcequotas';

/** Tells how much of its quotas a namespace uses; the API refuses what is beyond them. */
export const quotas: Controller = {
  name: 'quotas',
  concerns({ type, entry }, { store }) {
    if (entry.id === QUOTAS) return type === 'DELETED' ? [] : [keyOf(entry)];
    return entry.namespace === '' ? [] : store.list(QUOTAS, entry.namespace).map(keyOf);
  },
  sync({ namespace, name }, { manager, store }) {
    const quota = manager.read(QUOTAS, namespace, name);
    if (!quota) return undefined;
    const spec = fieldsOf(quota.spec) ?? {};
    const hard = fieldsOf(spec.hard) ?? {};
    const status = { hard, used: usageOf(spec, namespace, store) };
    if (isNews(status, quota.status)) manager.writeStatus(QUOTAS, quota, status);
    return undefined;
  },
};
