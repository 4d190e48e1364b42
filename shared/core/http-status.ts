const TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  410: 'Gone',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** A status as Go's HTTP client tells it, such as `404 Not Found`. */
export function statusLine(status: number): string {
  const text = TEXTS[status];
  return text === undefined ? `${status}` : `${status} ${text}`;
}
