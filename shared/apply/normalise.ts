import { X509Certificate } from 'node:crypto';
import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { TYPED_GROUPS } from './kinds.ts';
import { isCustomResourceDefinition } from './stages.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The object as Flux sends it: Secrets' stringData folded into data, `protocol: TCP` spelled out in ports, no
 * `status` (but a CRD's), no creationTimestamp, no nulls in built-in kinds, no unusable CA bundle in a CRD.
 */
export function normalise(object: KubernetesObject): KubernetesObject {
  const typed = isTyped(object);
  const nulls = typed ? (withoutNulls(object) as KubernetesObject) : object;
  const shaped = typed ? withDefaults(nulls) : nulls;
  const { creationTimestamp: _, ...metadata } = shaped.metadata;
  const clean = { ...shaped, metadata } as KubernetesObject;
  if (isCustomResourceDefinition(clean)) return withUsableCaBundle(clean);
  if (isRole(clean)) return clean;
  const { status: _status, ...rest } = clean;
  return rest as KubernetesObject;
}

// Others go as they are.
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(TYPED_GROUPS);

/** Whether Flux passes this kind through its Go type. */
export function isTyped(object: KubernetesObject): boolean {
  return BUILT_IN_GROUPS.has(groupOf(object.apiVersion)) && !isRole(object);
}

// kustomize-controller issue 1041: the Go types reset the rules of these two, so Flux leaves them alone.
function isRole({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'rbac.authorization.k8s.io/v1' && (kind === 'Role' || kind === 'ClusterRole');
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, withoutNulls(child)]),
  );
}

const POD_SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  'v1/Pod': ['spec'],
  'apps/v1/Deployment': ['spec', 'template', 'spec'],
  'apps/v1/StatefulSet': ['spec', 'template', 'spec'],
  'apps/v1/DaemonSet': ['spec', 'template', 'spec'],
  'apps/v1/ReplicaSet': ['spec', 'template', 'spec'],
  'batch/v1/Job': ['spec', 'template', 'spec'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

function withDefaults(object: KubernetesObject): KubernetesObject {
  const name = `${object.apiVersion}/${object.kind}`;
  if (name === 'v1/Secret') return withFoldedStringData(object);
  if (name === 'v1/Service') return replaceAt(object, ['spec'], withPortProtocols) as KubernetesObject;
  const path = POD_SPEC_PATHS[name];
  return path ? (replaceAt(object, path, withContainerPorts) as KubernetesObject) : object;
}

// kubernetes issue 108008: server-side apply owns stringData, while the value lives in data, owned by nobody.
function withFoldedStringData(object: KubernetesObject): KubernetesObject {
  const { stringData, ...rest } = object;
  const data = isFields(object.data) ? object.data : {};
  const texts = isFields(stringData) ? stringData : {};
  const values = [...Object.values(texts), ...Object.values(data)];
  // Values of other types do not fit Flux's Go type either: the server names them.
  if (!values.every((value) => typeof value === 'string')) return object;
  const folded = Object.fromEntries([
    ...Object.entries(data as Record<string, string>).map(([key, text]) => [
      key,
      text.replace(/[\r\n]/g, ''),
    ]),
    ...Object.entries(texts as Record<string, string>).map(([key, text]) => [
      key,
      Buffer.from(text, 'utf8').toString('base64'),
    ]),
  ]);
  return (Object.keys(folded).length > 0 ? { ...rest, data: folded } : rest) as KubernetesObject;
}

// kubernetes pull 98576: ports' merge key holds the protocol, which must not depend on a default.
function withPortProtocols(spec: Fields): Fields {
  const { ports } = spec;
  if (!Array.isArray(ports)) return spec;
  return {
    ...spec,
    ports: ports.map((port) => (isFields(port) && !port.protocol ? { ...port, protocol: 'TCP' } : port)),
  };
}

function withContainerPorts(spec: Fields): Fields {
  const { containers } = spec;
  if (!Array.isArray(containers)) return spec;
  return { ...spec, containers: containers.map((each) => (isFields(each) ? withPortProtocols(each) : each)) };
}

const CA_BUNDLE_PATH = ['spec', 'conversion', 'webhook', 'clientConfig'];

// Since Kubernetes 1.31 a CRD with an unparsable bundle is refused; cert-manager's injector fills it in later.
function withUsableCaBundle(object: KubernetesObject): KubernetesObject {
  return replaceAt(object, CA_BUNDLE_PATH, (config) => {
    const { caBundle, ...rest } = config;
    return typeof caBundle === 'string' && caBundle !== '' && !isCertificateBundle(caBundle) ? rest : config;
  }) as KubernetesObject;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function isCertificateBundle(base64: string): boolean {
  const text = base64.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return false;
  const blocks = Buffer.from(text, 'base64').toString('utf8').match(PEM_CERTIFICATE) ?? [];
  return blocks.some((block) => {
    try {
      return new X509Certificate(block).subject !== undefined;
    } catch {
      return false;
    }
  });
}

function replaceAt(value: Fields, path: readonly string[], change: (fields: Fields) => Fields): Fields {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const child = value[key];
  return isFields(child) ? { ...value, [key]: replaceAt(child, rest, change) } : value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
