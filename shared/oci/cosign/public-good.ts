import root from './public-good.json' with { type: 'json' };

/** The trusted root of Sigstore's public service, `trusted_root.json`: as of @sigstore/tuf 4.0.2, which comes with a copy. */
export function publicGoodRoot(): string {
  return JSON.stringify(root);
}
