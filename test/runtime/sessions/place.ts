/** Data roots on which sessions are opened, used and ended, by a clock that tests set. */
import { ACTS } from "../../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { Clock } from "../../../runtime/ports.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { governanceOf, permit } from "../governed.ts";
import { NOW_MS, settings } from "../identity/tokens.ts";
import { during, freshRoot, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { REGISTER, registerGraph, snapshotOf } from "../protocol.ts";

export class Place {
  readonly root = freshRoot();
  nowMs = NOW_MS;
  readonly #options: Partial<RuntimeOptions>;

  constructor(options: Partial<RuntimeOptions> = {}) {
    this.#options = options;
  }

  during<T>(use: (runtime: Runtime) => Promise<T>, more: Partial<RuntimeOptions> = {}): Promise<T> {
    const clock: Clock = { ...UNFLUSHED.clock, now: () => this.nowMs };
    const ports = { ...UNFLUSHED, clock };
    return during(this.root, use, { ports, identity: settings(), ...this.#options, ...more });
  }

  records(): readonly LedgerRecord[] {
    return recordsOf(this.root);
  }

  /** What is refused, and which records that leaves behind. */
  async refused(
    work: (runtime: Runtime) => Promise<unknown>,
    more: Partial<RuntimeOptions> = {},
  ): Promise<{ readonly refusal: Refusal; readonly written: readonly LedgerRecord[] }> {
    let before = 0;
    const refusal = await this.during(async (runtime) => {
      before = runtime.reach.durable;
      try {
        await work(runtime);
      } catch (error) {
        if (error instanceof Refusal) return error;
        throw error;
      }
      throw new Error("it was not refused");
    }, more);
    return { refusal, written: this.records().slice(before) };
  }
}

/** Registers a name on behalf of who shows this. */
export function register(runtime: Runtime, session: string | undefined, name = "n") {
  const who = session === undefined ? {} : { session };
  return runtime.submit({ workflow: REGISTER, payload: { name }, ...who });
}

/** A snapshot under which everybody may do everything but these acts. */
export function without(...acts: readonly string[]): RuntimeOptions["snapshot"] {
  const allowed = ACTS.map(({ type }) => type).filter((type) => !acts.includes(type));
  const statements = DECIDING_ROLES.map((role) => permit(role, allowed));
  const governance = governanceOf({ workflows: [REGISTER], statements });
  return snapshotOf([registerGraph()], ["identify"], governance);
}
