/** What a governor is asked, and what it tells: types, for all of the files beside. */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { Caller, Decision } from "../../protocol/language/records.ts";

/** Something that somebody asks for. */
export interface Asked {
  readonly tenant: string;
  readonly principal: string;
  /** Frozen: what was decided for it may be remembered with it. */
  readonly caller: Caller;
  /** The type of an intent, or of one of the runtime's own acts. */
  readonly intent: string;
  /**
   * Of an intent: what it takes, in the clear. Whoever asks has held it against the intent's schema
   * before, since that needs validators, and no decision mends what does not fit. Of an act: what
   * policies see of it.
   */
  readonly payload: Json;
  /**
   * Names the payload, where every one that this governor is asked of under this name is the same:
   * then what was read of it is no other thing the next time.
   */
  readonly fixed?: string | undefined;
}

export interface Ruled {
  readonly decision: Decision;
  /** Of a denial by policies: what they could see, nothing labelled. Null otherwise. */
  readonly context: JsonObject | null;
}
