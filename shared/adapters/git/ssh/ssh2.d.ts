/** What is used of `ssh2`, which brings no types. */
declare module 'ssh2' {
  import type { Socket } from 'node:net';
  import type { Duplex, Readable } from 'node:stream';

  namespace ssh2 {
    interface ParsedKey {
      readonly type: string;
      isPrivateKey(): boolean;
    }
    interface Channel extends Duplex {
      readonly stderr: Readable;
    }
    interface Connection {
      readonly sock: Socket;
      readonly username: string;
      readonly privateKey: string;
      readonly passphrase?: string;
      readonly readyTimeout: number;
      readonly algorithms: { readonly serverHostKey?: readonly string[]; readonly kex?: readonly string[] };
      readonly hostVerifier: (key: Buffer) => boolean;
    }
    class Client {
      on(event: 'ready' | 'close', listener: () => void): this;
      on(event: 'error', listener: (error: Error & { readonly level?: string }) => void): this;
      connect(connection: Connection): this;
      exec(
        command: string,
        options: { readonly env: Readonly<Record<string, string>> },
        callback: (error: Error | undefined, channel: Channel) => void,
      ): boolean;
      destroy(): this;
    }
    const utils: {
      parseKey(data: string, passphrase?: string): ParsedKey | readonly ParsedKey[] | Error;
    };
  }
  export = ssh2;
}
