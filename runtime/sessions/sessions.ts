/**
 * The Traffic Cop: who opens a session, whose it is that somebody shows, and when it is over. A
 * session belongs to one tenant and one principal for as long as it lasts, with the roles and
 * attributes that were verified when it was opened, and no longer than its token holds. Whatever it gives or takes away is durable before
 * it is told; no secret is ever written down.
 */
import { END_SESSION_ACT, OPEN_SESSION_ACT } from "../../protocol/language/acts.ts";
import { deepFreeze } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  type Caller,
  RECORD_FORMAT,
  type SessionBody,
  type SessionEndedBody,
} from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { VERSION } from "../../protocol/language/version.ts";
import { type Acceptance, Rejected } from "../acceptance.ts";
import { type Asker, asSeen, type Sight } from "../asker.ts";
import type { IdentitySettings } from "../identity/settings.ts";
import { tokenFault } from "../identity/token-fault.ts";
import { type Verified, verifyToken } from "../identity/verify-token.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Governor } from "../policy/governor.ts";
import type { Entropy, SessionRow } from "../ports.ts";
import type { Programs } from "../programs.ts";
import type { Overlay } from "../state/overlay.ts";
import {
  type Credential,
  credentialText,
  isSecretOf,
  newCredential,
  readCredential,
  secretDigest,
} from "./credential.ts";
import { noSession, overWith } from "./standing.ts";

export interface SessionsOptions {
  readonly ledger: Ledger;
  readonly state: Overlay;
  readonly entropy: Entropy;
  /** Decides, and writes down what is refused. */
  readonly acceptance: Pick<Acceptance, "permit" | "refuse" | "holderOf">;
  readonly operator: Asker;
  /** Whose tokens are taken; undefined where nobody's are. */
  readonly identity: IdentitySettings | undefined;
  readonly programs: Pick<Programs, "snapshot">;
  /** Says which attributes policies can see: of others, a session has no values. */
  readonly governor: Pick<Governor, "sight">;
  /** The writer's start number. */
  readonly epoch: number;
  readonly newTraceId: () => string;
}

/** A session that somebody asks for: with a token, or as the local operator. */
export interface OpenSession {
  readonly token?: string;
  readonly seconds: number;
}

/** What is told of a session once, to whom it was opened for. */
export type OpenedSession = Omit<
  SessionRow,
  "ended_at" | "token_sha256" | "secret_sha256" | "first"
> & {
  /** What is shown to use it: it stands nowhere else. */
  readonly credential: string;
};

/** A session that somebody wants to be over: the operator, or who shows a credential. */
export interface EndSession {
  readonly session: string;
  readonly by?: string;
}

export interface EndedSession {
  readonly session: string;
  readonly ended_at: string;
}

/** Who asks for a session, and the token that says so. */
interface Opening {
  readonly asker: Asker;
  readonly token: SessionBody["token"];
  /** From when the token is not taken any more: nor is what it opened. */
  readonly tokenEndsMs: number;
}

const OPENING = Object.freeze({ intent: OPEN_SESSION_ACT.type, workflow: null, key: null });
const ENDING = Object.freeze({ intent: END_SESSION_ACT.type, workflow: null, key: null });

/** A session that was asked for, and its holder: a decision may be remembered with that one. */
interface Known {
  readonly row: SessionRow;
  readonly asker: Asker;
}

/** So many are held at a time. */
const KNOWN_MAX = 1_024;

export class Sessions {
  readonly #options: SessionsOptions;
  /** No other process ends a session: what is held here of one is what the state has. */
  readonly #known = new Map<string, Known>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * Whose session it is. Throws a refusal where it is nobody's, and `Rejected` where it is somebody's
   * and over.
   */
  askerOf(text: string): Asker {
    const credential = readCredential(text);
    const known = this.#knownOf(credential.session);
    const isRight = isSecretOf(credential, known?.row.secret_sha256);
    if (!isRight || known === undefined) throw noSession();
    const over = overWith(known.row, this.#options.ledger.nowMs);
    if (over !== undefined) throw new Rejected(known.asker, over);
    return known.asker;
  }

  /** Opens a session, unless it may not be; settles when its record is durable. */
  async open({ token, seconds }: OpenSession): Promise<OpenedSession> {
    requireSeconds(seconds);
    const opening = await this.#openingOf(token);
    const { acceptance, ledger, entropy, newTraceId } = this.#options;
    const { asker } = opening;
    if (this.#isUsed(opening)) return acceptance.refuse(asker, replayed(), OPENING);
    const nowMs = ledger.nowMs;
    const lasting = Math.min(seconds, wholeSeconds(nowMs, opening.tokenEndsMs));
    const policy = await acceptance.permit(asker, OPENING, { payload: { seconds: lasting } });
    // Another may have shown the same token meanwhile; from here to its record nothing is waited for.
    if (this.#isUsed(opening)) return acceptance.refuse(asker, replayed(), OPENING);
    const credential = newCredential(newTraceId(), entropy);
    const expires_at = new Date(nowMs + lasting * 1_000).toISOString();
    const { tenant, principal, caller } = asker;
    const body: SessionBody = {
      type: "session",
      ...this.#begun(),
      tenant,
      principal,
      caller,
      policy,
      expires_at,
      token: opening.token,
      secret_sha256: secretDigest(credential),
    };
    const opened_at = await this.#write(credential.session, body);
    return { ...told(credential, asker), opened_at, expires_at };
  }

  /** Ends a session before its time; settles when the record of it is durable. */
  async end({ session, by }: EndSession): Promise<EndedSession> {
    const { acceptance, operator, state, ledger } = this.#options;
    const asker = by === undefined ? operator : await acceptance.holderOf(by, ENDING);
    const row = this.#ownTenants(session, asker);
    const payload = { own: isOwn(row, asker) };
    const policy = await acceptance.permit(asker, ENDING, { payload });
    const over = overWith(state.session(session) ?? row, ledger.nowMs);
    if (over !== undefined) {
      // That it was ended is told only once that is durable.
      await ledger.flush();
      throw over;
    }
    const { tenant, principal, caller } = asker;
    const who = { tenant, session: asker.session, principal, caller, policy };
    const body: SessionEndedBody = {
      type: "session-ended",
      ...this.#begun(),
      ...who,
      ended: session,
    };
    const writing = this.#write(`${session}.ended`, body);
    this.#known.delete(session);
    const ended_at = await writing;
    return { session, ended_at };
  }

  async #openingOf(token: string | undefined): Promise<Opening> {
    const { identity, operator, ledger, governor } = this.#options;
    if (token === undefined) {
      return { asker: operator, token: null, tokenEndsMs: Number.POSITIVE_INFINITY };
    }
    if (identity === undefined) throw notConfigured();
    const verified = await verifyToken(token, identity, ledger.nowMs);
    const { issuer, sha256 } = verified;
    const tokenEndsMs = endOf(verified, identity, ledger.nowMs);
    return { asker: bearerOf(verified, governor.sight), token: { issuer, sha256 }, tokenEndsMs };
  }

  /** A token opens one session, once. */
  #isUsed({ token }: Opening): boolean {
    return token !== null && this.#options.state.sessionByToken(token.sha256) !== undefined;
  }

  #ownTenants(session: string, { tenant }: Asker): SessionRow {
    const row = this.#options.state.session(session);
    if (row === undefined || row.tenant !== tenant) throw noSession();
    return row;
  }

  #knownOf(session: string): Known | undefined {
    const known = this.#known.get(session);
    if (known !== undefined) return known;
    const row = this.#options.state.session(session);
    if (row === undefined) return undefined;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= KNOWN_MAX) this.#known.delete(oldest);
    const found = { row, asker: holderOf(row) };
    this.#known.set(session, found);
    return found;
  }

  #begun() {
    const { ledger, programs, epoch } = this.#options;
    const flushed = ledger.durable.n;
    const snapshot = programs.snapshot.id;
    return { format: RECORD_FORMAT, epoch, flushed, snapshot, engine: VERSION };
  }

  /** When it was written, once that is durable. */
  async #write(trace: string, body: SessionBody | SessionEndedBody): Promise<string> {
    const { ledger, state } = this.#options;
    const record = ledger.append(trace, body);
    state.note(record);
    await ledger.flush();
    return record.at;
  }
}

function requireSeconds(seconds: number): void {
  const most = LIMITS.sessionSecondsMax;
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= most) return;
  const message = `expected a session of 1 to ${most} whole seconds, found ${seconds}`;
  throw new Refusal("usage", "session/bad-seconds", message);
}

/**
 * A session ends with its token: with what the token says, or, where that is over already and the
 * token is taken because clocks may differ, with that allowance.
 */
function endOf(
  { expiresAtMs }: Verified,
  { clockSkewSeconds }: IdentitySettings,
  nowMs: number,
): number {
  if (wholeSeconds(nowMs, expiresAtMs) > 0) return expiresAtMs;
  const tokenEndsMs = expiresAtMs + clockSkewSeconds * 1_000;
  if (wholeSeconds(nowMs, tokenEndsMs) > 0) return tokenEndsMs;
  const ends = new Date(tokenEndsMs).toISOString();
  const message = `expected a token that holds for a second or more, found one that ends at ${ends}`;
  throw tokenFault("expired", message, "Have the issuer give out a new one.");
}

/** How many whole ones there are from one moment to another. */
function wholeSeconds(fromMs: number, toMs: number): number {
  return Math.floor((toMs - fromMs) / 1_000);
}

function bearerOf({ tenant, principal, roles, attributes }: Verified, sight: Sight): Asker {
  const caller = { identity: "token", roles, attributes: asSeen(attributes, sight) } as const;
  return deepFreeze({ tenant, principal, caller, session: null });
}

function holderOf({ session, tenant, principal, identity, roles, attributes }: SessionRow): Asker {
  const caller: Caller = { identity, roles, attributes };
  return deepFreeze({ tenant, principal, caller, session });
}

/** A name alone does not make somebody the one who opened it: a token may name the operator. */
function isOwn(row: SessionRow, { tenant, principal, caller }: Asker): boolean {
  const isSameName = row.tenant === tenant && row.principal === principal;
  return isSameName && row.identity === caller.identity;
}

function told(
  credential: Credential,
  { tenant, principal, caller }: Asker,
): Omit<OpenedSession, "opened_at" | "expires_at"> {
  const { session } = credential;
  return { session, credential: credentialText(credential), tenant, principal, ...caller };
}

function replayed(): Refusal {
  const message = "expected a token that opened no session yet, found one that did";
  const hint = "Have the issuer give out a new one.";
  return new Refusal("acceptance", "token/replayed", message, { hint });
}

function notConfigured(): Refusal {
  const message = "expected settings that say whose tokens are taken, found none";
  return new Refusal("kernel", "identity/not-configured", message, {
    hint: "Set `identity.issuer`, `identity.audience`, and `identity.jwks_file` or `identity.key_file`.",
  });
}
