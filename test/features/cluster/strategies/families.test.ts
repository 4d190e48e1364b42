import { expect, test } from 'vitest';
import { refusalOf } from '../requests/refusal-of.ts';
import { openTestCluster } from '../requests/world.ts';

const SERVICES = 'core/v1/a/services';
const SELECTED = { selector: { app: 'x' } };
const DUAL = 'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured';
const NEWER = 'Invalid value: "IPv6": not configured on this cluster';

function create(spec: object) {
  const body = { metadata: { name: 'one' }, spec: { ports: [{ port: 80 }], ...spec } };
  return openTestCluster().create(SERVICES, body).spec as Readonly<Record<string, unknown>>;
}

// As on a real API server of one family.
test.each([
  [{}, 'SingleStack', ['IPv4']],
  [{ ipFamilyPolicy: 'PreferDualStack' }, 'PreferDualStack', ['IPv4']],
  [{ clusterIP: 'None', ...SELECTED }, 'SingleStack', ['IPv4']],
  [{ clusterIP: 'None' }, 'RequireDualStack', ['IPv4', 'IPv6']],
  [{ clusterIP: 'None', ipFamilies: ['IPv6'] }, 'RequireDualStack', ['IPv6', 'IPv4']],
  [{ clusterIP: 'None', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }, 'SingleStack', ['IPv6']],
])('a service %j is %s of %j', (spec, ipFamilyPolicy, ipFamilies) => {
  expect(create(spec)).toMatchObject({ ipFamilyPolicy, ipFamilies });
});

test.each([
  [{ ipFamilyPolicy: 'RequireDualStack' }, DUAL],
  [{ ipFamilyPolicy: 'RequireDualStack', clusterIP: 'None', ...SELECTED }, DUAL],
  [{ ipFamilies: ['IPv6'] }, `spec.ipFamilies[0]: ${NEWER}`],
  [{ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] }, `spec.ipFamilies[1]: ${NEWER}`],
  [{ ipFamilies: ['IPv4', 'IPv6'] }, `must be 'RequireDualStack' or 'PreferDualStack' when multiple`],
  [{ clusterIP: 'fd00::5' }, 'spec.clusterIPs[0]: Invalid value: ["fd00::5"]: IPv6 is not configured'],
])('a service %j is refused', (spec, why) => {
  const { code, message } = refusalOf(() => create(spec));

  expect(code).toBe(422);
  expect(message).toContain(why);
});
