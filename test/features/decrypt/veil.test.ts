import { describe, expect, test } from 'vitest';
import { createVeil } from '../../../shared/decrypt/veil.ts';

function veilOver(plain: string, encrypted = '') {
  const veil = createVeil();
  veil.remember(Buffer.from(encrypted), Buffer.from(plain));
  return veil;
}

describe('a message that quotes what was decrypted', () => {
  test.each([
    ['invalid value: "correct-horse-4711"', 'invalid value: "*****"'],
    ['data.password: correct-horse-4711, not a number', 'data.password: *****, not a number'],
    ['quoted-and-joinedcorrect-horse-4711-here', 'quoted-and-joined*****-here'],
    [`in base64: ${Buffer.from('correct-horse-4711').toString('base64')}`, 'in base64: *****'],
    ['json: {\\"password\\":\\"correct-horse-4711\\"}', 'json: {\\"password\\":\\"*****\\"}'],
  ])('%s', (message, hidden) => {
    const veil = veilOver('password: correct-horse-4711\n', 'password: ENC[AES256_GCM]\n');

    expect(veil.hide(message)).toBe(hidden);
  });

  test('keeps what stood in the open before, and words that are in every message', () => {
    const veil = veilOver('kind: Secret\nx: on\nvalue: a b c d\n', 'kind: Secret\nvalue: ENC[x]\n');

    expect(veil.hide('kind Secret is on, value a b')).toBe('kind Secret is on, value a b');
  });

  test('is not shown at all when there are too many words to look for', () => {
    const veil = veilOver(Array.from({ length: 30_000 }, (_, at) => `word-${at}`).join(' '));

    expect(veil.hide('anything')).toBe('the message may quote what was decrypted, and is not shown');
  });
});
