import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** CloudFormation as it answers before the first deployment. */
const NO_STACK = `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
<Code>ValidationError</Code><Message>Stack does not exist</Message></Error><RequestId>0</RequestId></ErrorResponse>`;

/** Because of `layers:`, packaging asks CloudFormation whether the stack is there; here it is told no, on the loopback. */
export async function withoutStack<T>(work: (endpoint: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'text/xml' }).end(NO_STACK);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
