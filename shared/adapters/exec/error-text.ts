/** What a failed kustomize said, as upstream's library would: without our directory, the `error:` of the command line, warnings and stack traces. */
export function errorText(stderr: string, root: string): string {
  const panic = /^panic: (.*)$/m.exec(stderr);
  if (panic) return clean(`recovered from kustomize build panic: ${panic[1]}`, root);
  const lines = stderr.split('\n').filter((line) => !isNoise(line));
  const text = lines
    .join('\n')
    .trim()
    .replace(/^(Error|error): /, '');
  return clean(text === '' ? 'kustomize failed without a message' : text, root);
}

/** Whether the Go runtime gave up for want of memory. */
export function isOutOfMemory(stderr: string): boolean {
  return /^(fatal error: .*(out of memory|cannot allocate memory)|runtime: out of memory)/m.test(stderr);
}

function isNoise(line: string): boolean {
  return line.startsWith('Flag --reorder has been deprecated') || /^# Warning: /.test(line);
}

/** kustomize may print whole resources; a condition holds 32 KiB. */
const MAX_MESSAGE = 4000;

function clean(text: string, root: string): string {
  const relative = text.replaceAll(`${root}/`, '').replaceAll(root, '.');
  const more = relative.length - MAX_MESSAGE;
  return more > 0 ? `${relative.slice(0, MAX_MESSAGE)}… (${more} more characters)` : relative;
}
