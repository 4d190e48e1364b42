/** Percent-decoding, as UTF-8, that leaves what is not an escape as it is and so never fails. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}
