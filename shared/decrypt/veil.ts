import { REDACTED } from '../core/redaction.ts';

/** Hides what was decrypted from messages: kustomize and API servers quote what they do not understand. */
export interface Veil {
  /** Takes note of the words that stand in the plain text and not in the encrypted one. */
  remember(encrypted: Uint8Array, plain: Uint8Array): void;
  /** The message with those words masked. */
  hide(message: string): string;
}

/** Shorter words are in every message. */
const MIN_WORD = 4;
/** Longer ones are looked for anywhere, not only where they stand alone. */
const MIN_PART = 8;
/** Ours: words that are kept; beyond these nothing of a message is shown. */
const MAX_WORDS = 20_000;

const SEPARATOR = /[\s"'`,;:=(){}[\]<>|\\]+/;

/** A veil that hides nothing yet. */
export function createVeil(): Veil {
  const words = new Set<string>();
  let full = false;
  return {
    remember(encrypted, plain) {
      const known = new Set(wordsOf(encrypted));
      for (const word of wordsOf(plain)) {
        if (words.size >= MAX_WORDS) full = true;
        else if (!known.has(word)) words.add(word).add(Buffer.from(word).toString('base64'));
      }
    },
    hide(message) {
      if (words.size === 0) return message;
      if (full) return 'the message may quote what was decrypted, and is not shown';
      let hidden = message
        .split(new RegExp(`(${SEPARATOR.source})`))
        .map((part) => (words.has(part) ? REDACTED : part))
        .join('');
      for (const word of words) if (word.length >= MIN_PART) hidden = hidden.replaceAll(word, REDACTED);
      return hidden;
    },
  };
}

function wordsOf(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder().decode(bytes);
  const whole = text.trim();
  return [...text.split(SEPARATOR), ...(whole.includes('\n') ? [] : [whole])].filter(
    (word) => word.length >= MIN_WORD,
  );
}
