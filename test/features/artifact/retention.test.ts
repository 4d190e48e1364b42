import { describe, expect, test } from 'vitest';
import { DEFAULT_RETENTION, garbageOf, type StoredArtifact } from '../../../shared/artifact/retention.ts';

const NOW = new Date('2024-05-01T12:00:00Z');

/** Artifacts `a`, `b`, ... of these ages in seconds. */
function aged(...seconds: readonly number[]): StoredArtifact[] {
  return seconds.map((age, index) => ({
    key: String.fromCharCode(97 + index),
    storedAt: new Date(NOW.getTime() - age * 1000),
  }));
}

function garbage(stored: readonly StoredArtifact[], current: string, ttl = 60, records = 2): string[] {
  return garbageOf(stored, current, NOW, { ttlMilliseconds: ttl * 1000, records });
}

describe('retention', () => {
  test("Flux's defaults are 60 seconds and 2 records", () => {
    expect(DEFAULT_RETENTION).toEqual({ ttlMilliseconds: 60_000, records: 2 });
  });

  test('[COM-16 ttl] what is older than the TTL goes', () => {
    expect(garbage(aged(4.5, 3.6, 2.4, 1.2, 0), 'e', 3.5, 4)).toEqual(['a', 'b']);
    expect(garbage(aged(60, 0), 'b')).toEqual([]);
    expect(garbage(aged(60.001, 0), 'b')).toEqual(['a']);
  });

  test('[COM-16 records] while more than the wanted number remain the oldest goes', () => {
    expect(garbage(aged(5, 4, 3, 2, 1), 'e')).toEqual(['a', 'b', 'c']);
    expect(garbage(aged(1, 2, 3, 4, 5), 'a')).toEqual(['e', 'd', 'c']);
    expect(garbage(aged(2, 1), 'b')).toEqual([]);
  });

  test('[COM-16 few-remain] nothing more is removed when few remain after the TTL', () => {
    expect(garbage(aged(100, 90, 1), 'c')).toEqual(['a', 'b']);
  });

  test('after the TTL took some, what it took counts twice, as upstream', () => {
    // 6 - 0 - 1 > 2 takes b, 6 - 1 - 2 > 2 takes c, 6 - 2 - 3 > 2 is false: three stay instead of two
    expect(garbage(aged(100, 5, 4, 3, 2, 1), 'f')).toEqual(['a', 'b', 'c']);
  });

  test('[COM-16 current-stays] however old and however many', () => {
    expect(garbage(aged(1000, 3, 2, 1), 'a')).toEqual(['b', 'c']);
    expect(garbage(aged(1000), 'a', 60, 0)).toEqual([]);
  });

  test('[COM-16 scan-limit] only the first 1000 are looked at', () => {
    const many = aged(...Array.from({ length: 1200 }, () => 100)).map((entry, index) => ({
      ...entry,
      key: `k${index}`,
    }));

    expect(garbage(many, 'k0').length).toBe(999);
  });
});
