import { toJson } from '../../../../shared/core/json.ts';
import type { ResourceType } from '../model.ts';
import { MEDIA_TYPES } from './accept.ts';
import { AGGREGATED, aggregatedDiscovery, discoveryForm } from './aggregated-discovery.ts';
import { coreVersions, groupDocument, groupList, groupsOf, resourceList } from './discovery.ts';
import {
  type Answer,
  type Exchange,
  etagOf,
  header,
  jsonAnswer,
  pageNotFound,
  textAnswer,
  unlessKnown,
} from './exchange.ts';
import { methodNotAllowed, notAcceptable, notServed } from './status.ts';

const HEALTH = /^\/(healthz|livez|readyz)(\/ping)?$/;

/** Answers paths that name no resource: discovery, health, version, OpenAPI. Throws 404, 405 and 406. */
export function answerPath(exchange: Exchange, rawPath: string): Answer {
  const path = rawPath.replace(/(?<=.)\/+$/, '');
  const answer = findAnswer(exchange, path);
  if (!answer) return pageNotFound();
  if (exchange.method !== 'GET') throw methodNotAllowed();
  return answer();
}

function findAnswer(exchange: Exchange, path: string): (() => Answer) | undefined {
  const { served, format } = exchange;
  const health = HEALTH.exec(path);
  if (health) return () => textAnswer(200, healthText(health[1] ?? '', exchange.query.has('verbose')));
  if (path === '/version') return () => jsonAnswer(200, versionJson(served.version), format);
  if (path === '/') return () => jsonAnswer(200, rootJson(served.catalog.all()), format);
  if (path === '/api' || path === '/apis') return () => discovery(exchange, path === '/api');
  const document = served.openApi(path, header(exchange, 'accept') ?? '');
  if (document) {
    const { contentType, body, etag } = document;
    const answer: Answer = { code: 200, contentType, body };
    return () => (etag === undefined ? answer : unlessKnown(answer, etag, header(exchange, 'if-none-match')));
  }
  return groupAnswer(exchange, path);
}

function groupAnswer(exchange: Exchange, path: string): (() => Answer) | undefined {
  const types = exchange.served.catalog.all();
  const [root, group = '', version = '', ...rest] = path.slice(1).split('/');
  if (rest.length > 0) return undefined;
  const answer = (object: object) => () => jsonAnswer(200, toJson(object), exchange.format);
  if (root === 'api' && version === '') {
    const list = resourceList(types, '', group);
    return list && answer(list);
  }
  if (root !== 'apis') return undefined;
  const found = version === '' ? groupDocument(types, group) : resourceList(types, group, version);
  if (found) return answer(found);
  const isBuiltIn = types.some((type) => type.group === group && !type.custom);
  if (!isBuiltIn) return undefined;
  return () => {
    throw notServed();
  };
}

interface Documents {
  readonly [form: string]: { readonly text: string; readonly etag: string };
}

const remembered = new WeakMap<readonly ResourceType[], Documents>();

function discovery(exchange: Exchange, core: boolean): Answer {
  const form = discoveryForm(header(exchange, 'accept'));
  const types = exchange.served.catalog.all();
  if (form === undefined) throw notAcceptable(MEDIA_TYPES);
  if (form === 'legacy') {
    const document = core ? coreVersions(exchange.served.address) : groupList(types);
    return jsonAnswer(200, toJson(document), exchange.format);
  }
  const name = core ? 'core' : 'groups';
  const documents = remembered.get(types) ?? {};
  const text = documents[name]?.text ?? `${toJson(aggregatedDiscovery(types, core))}\n`;
  const document = documents[name] ?? { text, etag: etagOf(text) };
  remembered.set(types, { ...documents, [name]: document });
  const answer: Answer = { code: 200, contentType: AGGREGATED, body: text };
  return unlessKnown(answer, document.etag, header(exchange, 'if-none-match'));
}

function healthText(name: string, verbose: boolean): string {
  return verbose ? `[+]ping ok\n${name} check passed\n` : 'ok';
}

function versionJson(gitVersion: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  const version = {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    // No Go at all: what runs it is told where clients show it.
    goVersion: `node ${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${process.arch}`,
  };
  return JSON.stringify(version, undefined, 2);
}

function rootJson(types: readonly ResourceType[]): string {
  const groups = groupsOf(types).flatMap(({ name, versions }) => [
    `/apis/${name}`,
    ...versions.map((version) => `/apis/${name}/${version}`),
  ]);
  const paths = [
    '/api',
    '/api/v1',
    '/apis',
    ...groups.sort(),
    '/healthz',
    '/livez',
    '/openapi/v3',
    '/readyz',
  ];
  return JSON.stringify({ paths: [...paths, '/version'] }, undefined, 2);
}
