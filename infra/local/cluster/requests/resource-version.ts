import { ApiError } from '../api-error.ts';

const TOO_LARGE = 'ResourceVersionTooLarge';

/** A revision of a query; undefined when there is none. Throws what `refuse` makes of the reason it is no number. */
export function readRevision(
  text: string | undefined,
  refuse: (why: string) => ApiError,
): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,19}$/.test(text)) return Number(text);
  const value = JSON.stringify(text);
  throw refuse(
    `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`,
  );
}

/** 504: the version is none that this cluster has reached. */
export function tooLarge(revision: number, current: number): ApiError {
  const message = `Timeout: Too large resource version: ${revision}, current: ${current}`;
  const causes = [{ reason: TOO_LARGE, message: 'Too large resource version' }];
  return new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

/** 410: changes since then are forgotten. */
export function tooOld(revision: number, oldest: number): ApiError {
  return new ApiError(410, 'Expired', `too old resource version: ${revision} (${oldest})`);
}
