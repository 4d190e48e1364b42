import { expect, test } from 'vitest';
import type { Secrets } from '../../shared/ports.ts';

/** Every Secrets port passes this; `prefix` keeps runs on a shared store apart. */
export function secretsContract(
  open: () => Promise<{ readonly secrets: Secrets; readonly prefix?: string }>,
): void {
  const fresh = async () => {
    const { secrets, prefix = '' } = await open();
    return { secrets, at: (name: string) => prefix + name };
  };

  test('what was put is got back, letter for letter', async () => {
    const { secrets, at } = await fresh();
    const value = 'apiVersion: v1\nkind: Config\nusers: [{token: "p\u00e4ss"}]\n\ttab  ';

    await secrets.put(at('clusters/1/kubeconfig'), value);

    expect(await secrets.get(at('clusters/1/kubeconfig'))).toBe(value);
  });

  test('a put replaces', async () => {
    const { secrets, at } = await fresh();
    await secrets.put(at('a'), 'one');

    await secrets.put(at('a'), 'two');

    expect(await secrets.get(at('a'))).toBe('two');
  });

  test('what is not there is undefined, and deleting it is fine', async () => {
    const { secrets, at } = await fresh();

    expect(await secrets.get(at('nothing'))).toBeUndefined();
    await secrets.delete(at('nothing'));
  });

  test('a deleted secret is gone, its neighbour stays', async () => {
    const { secrets, at } = await fresh();
    await secrets.put(at('n/a'), 'one');
    await secrets.put(at('n/A'), 'two');

    await secrets.delete(at('n/a'));

    expect(await secrets.get(at('n/a'))).toBeUndefined();
    expect(await secrets.get(at('n/A'))).toBe('two');
  });

  test('8 KB fit', async () => {
    const { secrets, at } = await fresh();
    const value = 'k'.repeat(8_000);

    await secrets.put(at('large'), value);

    expect(await secrets.get(at('large'))).toBe(value);
  });

  test.each(['', '/', 'a//b', '/a', 'a/', 'a b', 'a\nb', '\u00e9', 'x'.repeat(513)])(
    'the name %j is refused',
    async (name) => {
      const { secrets } = await fresh();

      await expect(secrets.put(name, 'x')).rejects.toMatchObject({ code: 'invalid' });
      await expect(secrets.get(name)).rejects.toMatchObject({ code: 'invalid' });
    },
  );

  test('a name with dots stays inside', async () => {
    const { secrets, at } = await fresh();

    await secrets.put(at('../../outside'), 'x');

    expect(await secrets.get(at('../../outside'))).toBe('x');
    expect(await secrets.get(at('outside'))).toBeUndefined();
  });
}
