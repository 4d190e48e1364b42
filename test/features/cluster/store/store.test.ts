import { expect, test } from 'vitest';
import type { Change } from '../../../../infra/local/cluster/model.ts';
import { LOG_CHANGES, LOG_LENGTH } from '../../../../infra/local/cluster/store/change-log.ts';
import { toObject } from '../../../../infra/local/cluster/store/entry.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { CONFIG_MAP, CONFIG_MAPS, configMap, NATURE } from './objects.ts';

const SECRETS = '/secrets';

function store() {
  return openStore({ nature: NATURE });
}

test('every change has the next revision, which is the object’s resourceVersion', () => {
  const own = store();
  const start = own.revision;

  const first = own.put(CONFIG_MAPS, configMap('x'));
  const second = own.put(SECRETS, { ...configMap('x'), kind: 'Secret' });
  const ended = own.remove(CONFIG_MAPS, 'a', 'x');

  expect(start).toBeGreaterThan(1);
  expect([first, second, ended].map(({ revision }) => revision)).toEqual([start + 1, start + 2, start + 3]);
  expect(toObject(first, CONFIG_MAP).metadata.resourceVersion).toBe(String(start + 1));
  expect(toObject(ended, CONFIG_MAP).metadata.resourceVersion).toBe(String(start + 3));
  expect(own.revision).toBe(start + 3);
});

test('an object comes back as it was stored, integers beyond 2^53 included', () => {
  const own = store();
  const object = {
    ...configMap('x'),
    data: { a: '1' },
    spec: { count: 9007199254740993n },
    more: [null, ''],
  };

  const entry = own.put(CONFIG_MAPS, object);

  const { resourceVersion, ...metadata } = toObject(entry, CONFIG_MAP).metadata;
  expect({ ...toObject(entry, CONFIG_MAP), metadata }).toEqual(object);
  expect(entry).toMatchObject({ namespace: 'a', name: 'x', uid: 'uid-of-a-x', labels: { name: 'x' } });
});

test('lists go by namespace and name, as the keys of etcd do', () => {
  const own = store();
  for (const [namespace, name] of [
    ['b', 'a'],
    ['a', 'z'],
    ['a-b', 'x'],
    ['a', 'b-c'],
    ['a', 'b'],
    ['a.b', 'x'],
  ]) {
    own.put(CONFIG_MAPS, configMap(name as string, namespace as string));
  }
  const names = (namespace?: string) =>
    own.list(CONFIG_MAPS, namespace).map((entry) => `${entry.namespace}/${entry.name}`);

  // `-` and `.` come before `/`.
  expect(names()).toEqual(['a-b/x', 'a.b/x', 'a/b', 'a/b-c', 'a/z', 'b/a']);
  expect(names('a')).toEqual(['a/b', 'a/b-c', 'a/z']);
  expect(names('c')).toEqual([]);
  expect(own.list(SECRETS)).toEqual([]);
});

test('what is removed is gone from lists, and removing what is not there is refused', () => {
  const own = store();
  for (const name of ['a', 'b', 'c']) own.put(CONFIG_MAPS, configMap(name));

  own.remove(CONFIG_MAPS, 'a', 'b');

  expect(own.list(CONFIG_MAPS).map(({ name }) => name)).toEqual(['a', 'c']);
  expect(own.get(CONFIG_MAPS, 'a', 'b')).toBeUndefined();
  expect(() => own.remove(CONFIG_MAPS, 'a', 'b')).toThrow('configmaps "b" not found');
});

test('the log has the changes after a revision, with what was there before', () => {
  const own = store();
  const start = own.revision;
  const made = own.put(CONFIG_MAPS, configMap('x'));
  const changed = own.put(CONFIG_MAPS, configMap('x', 'a', { b: '1' }));
  own.remove(CONFIG_MAPS, 'a', 'x');

  expect(own.since(start)?.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  expect(own.since(made.revision)?.map(({ before }) => before)).toEqual([made, changed]);
  expect(own.since(own.revision)).toEqual([]);
  expect(own.since(start - 1)).toBeUndefined();
});

test('the log forgets the oldest beyond its number of changes', () => {
  const own = store();
  const start = own.revision;
  for (let n = 0; n < LOG_CHANGES; n++) own.put(CONFIG_MAPS, configMap('x'));
  expect(own.since(start)).toHaveLength(LOG_CHANGES);

  own.put(CONFIG_MAPS, configMap('x'));

  expect(own.since(start)).toBeUndefined();
  expect(own.oldest).toBe(start + 1);
  expect(own.since(own.oldest)).toHaveLength(LOG_CHANGES);
});

test('the log forgets the oldest beyond its length', () => {
  const own = store();
  const half = { text: 'x'.repeat(LOG_LENGTH / 2) };
  own.put(CONFIG_MAPS, configMap('x', 'a', half));
  const second = own.put(CONFIG_MAPS, configMap('y', 'a', half));

  expect(own.oldest).toBe(second.revision - 1);
  expect(own.since(own.oldest)?.map(({ entry }) => entry.name)).toEqual(['y']);
});

test('subscribers are told in the same turn, in order, also of what a subscriber stores itself', () => {
  const own = store();
  const heard: string[] = [];
  const note = ({ type, entry }: Change) => void heard.push(`${type} ${entry.name}`);
  own.subscribe(({ entry }) => {
    if (entry.name === 'first') own.put(CONFIG_MAPS, configMap('second'));
  });
  const stop = own.subscribe(note);

  own.put(CONFIG_MAPS, configMap('first'));
  stop();
  own.put(CONFIG_MAPS, configMap('third'));

  expect(heard).toEqual(['ADDED first', 'ADDED second']);
});

test('a subscriber that fails is heard of, and all others hear what happened', () => {
  const own = store();
  const heard: string[] = [];
  let fails = true;
  own.subscribe(() => {
    if (fails) throw new Error('broken');
  });
  own.subscribe(({ entry }) => void heard.push(entry.name));

  expect(() => own.put(CONFIG_MAPS, configMap('x'))).toThrow('broken');
  fails = false;
  own.put(CONFIG_MAPS, configMap('y'));

  expect(heard).toEqual(['x', 'y']);
});

test('what names an owner is found by it, for as long as it does', () => {
  const own = store();
  const owned = (name: string, owners: readonly string[], namespace = 'a') => {
    const { metadata, ...rest } = configMap(name, namespace);
    const ownerReferences = owners.map((uid) => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid }));
    return { ...rest, metadata: { ...metadata, ownerReferences } };
  };
  const namesOf = (uid: string) => own.ownedBy(uid).map(({ id, name }) => `${id}/${name}`);
  own.put(SECRETS, { ...owned('z', ['one']), kind: 'Secret' });
  own.put(CONFIG_MAPS, owned('y', ['two', 'one']));
  own.put(CONFIG_MAPS, owned('x', ['one'], 'b'));
  own.put(CONFIG_MAPS, configMap('w'));
  expect(namesOf('one')).toEqual(['/configmaps/y', '/configmaps/x', '/secrets/z']);
  expect(namesOf('two')).toEqual(['/configmaps/y']);

  own.put(CONFIG_MAPS, owned('y', ['two']));
  own.remove(CONFIG_MAPS, 'b', 'x');

  expect(namesOf('one')).toEqual(['/secrets/z']);
  expect(namesOf('two')).toEqual(['/configmaps/y']);
  expect(namesOf('nobody')).toEqual([]);
});
