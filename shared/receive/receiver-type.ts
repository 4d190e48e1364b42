import type { HookRequest } from './hook-request.ts';
import type { Signature } from './signature.ts';

/** How a sender shows that it knows the token. */
export type Proof =
  /** By an HMAC over the raw body. */
  | {
      readonly by: 'signature';
      readonly signature: (headers: HookRequest['headers']) => Signature | undefined;
    }
  /** By sending it in a header. */
  | { readonly by: 'token'; readonly header: string }
  /** By knowing the path. */
  | { readonly by: 'path' };

/** What must be known of a type of receiver; header names are in lower case. */
export interface ReceiverType {
  readonly proof: Proof;
  /** Names the event, for the allow-list; types without one ignore the list (RC-21). */
  readonly eventHeader?: string;
  /** Makes a delivery unique: the sender repeats it when it sends one again. */
  readonly deliveryHeader?: string;
  /** The only media types it is sent in; absent means any. */
  readonly mediaTypes?: readonly string[];
}
