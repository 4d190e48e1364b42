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

function clean(text: string, root: string): string {
  return text.replaceAll(`${root}/`, '').replaceAll(root, '.');
}
