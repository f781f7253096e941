/**
 * Whose tokens are taken, and what their claims are called: as the configuration says it. Nothing of
 * it ever comes from a token.
 */

/** The file of the issuer's public keys. */
export interface KeyFile {
  /** A JSON Web Key Set, or one key: PEM or a JSON Web Key. */
  readonly form: "set" | "single";
  readonly bytes: Uint8Array;
  /** How the file is called in what is said of it. */
  readonly shownAs: string;
}

export interface IdentitySettings {
  readonly issuer: string;
  readonly audience: string;
  /** Asked at a start, and when a token is shown. Throws a refusal where the file cannot be read. */
  readonly keys: () => KeyFile;
  /** How far the issuer's clock may be from ours. */
  readonly clockSkewSeconds: number;
  readonly principalClaim: string;
  readonly tenantClaim: string;
  readonly rolesClaim: string;
  readonly attributesClaim: string;
}
