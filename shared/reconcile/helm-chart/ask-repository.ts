import { Fault } from '../../core/failures.ts';
import { statusLine } from '../../core/http-status.ts';
import type { HttpAnswer } from '../../ports.ts';
import type { Way } from './repository.ts';

/** A good answer of a repository; credentials and a client's certificate are shown to the index's own host alone, unless the spec says otherwise (HR-05). Faults: the Http port's, `unauthorized`, `not-found`. */
export async function askRepository(
  way: Way,
  method: 'GET' | 'HEAD',
  url: string,
  maxBytes: number,
): Promise<HttpAnswer> {
  const { ports, record } = way.scope;
  const isOwn = way.passCredentials || new URL(url).origin === new URL(way.url).origin;
  const { ca, clientCertificate } = way.tls;
  const answer = await ports.http(record.settings.profile).request({
    method,
    url,
    headers: { ...(isOwn && way.headers), 'accept-encoding': 'identity' },
    ...(ca !== undefined && { ca }),
    ...(isOwn && clientCertificate !== undefined && { clientCertificate }),
    maxBytes,
    signal: way.signal(),
  });
  if (answer.status === 200) return answer;
  const code = answer.status === 401 ? 'unauthorized' : 'not-found';
  throw new Fault(code, `failed to fetch ${url} : ${statusLine(answer.status)}`, { status: answer.status });
}
