/**
 * Whatever is done with sessions, by whomever, and whatever becomes of the process and the state in
 * between: a model that is told in a few lines says which credential is taken, and what each tenant
 * sees.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { sessionsOf } from "../../../runtime/sessions/known-sessions.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { goodToken } from "../identity/tokens.ts";
import { Place, register } from "./place.ts";

const TENANTS = ["acme", "globex"] as const;
type Tenant = (typeof TENANTS)[number];

type Step =
  | { readonly do: "open"; readonly tenant: Tenant; readonly token: number; readonly for: number }
  | { readonly do: "end"; readonly which: number; readonly by: number }
  | { readonly do: "use"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "restart" | "forget" };

const which = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      tenant: fc.constantFrom(...TENANTS),
      token: fc.nat(6),
      for: fc.constantFrom(1, 2, 60),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), which, by: which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("use" as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(-700, 700, 1_500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "forget" as const) }),
  },
);

interface Known {
  readonly tenant: Tenant;
  readonly session: string;
  readonly credential: string;
  readonly expiresMs: number;
  ended: boolean;
}

class Model {
  readonly place = new Place();
  readonly known: Known[] = [];
  readonly tokens = new Set<string>();
  /** The ledger's, which never goes back behind what was written. */
  nowMs = 0;

  over({ ended, expiresMs }: Known, nowMs = this.nowMs): string | undefined {
    if (ended) return "session/ended";
    return nowMs >= expiresMs ? "session/expired" : undefined;
  }

  begin(): void {
    const last = existsSync(this.place.root) ? this.place.records().at(-1) : undefined;
    this.nowMs = last === undefined ? 0 : Date.parse(last.at);
  }

  /** Whoever asks for something asks what time it is. */
  touch(): void {
    this.nowMs = Math.max(this.nowMs, this.place.nowMs);
  }

  async check(runtime: Runtime, step: Step): Promise<void> {
    const code = async (work: Promise<unknown>) => {
      try {
        await work;
        return undefined;
      } catch (error) {
        return (error as { readonly code?: string }).code;
      }
    };
    if (step.do === "wait") {
      this.place.nowMs += step.ms;
      return;
    }
    if (step.do === "open") {
      await this.open(runtime, step);
    } else if (step.do === "use") {
      const one = this.known[step.which];
      if (one === undefined) return;
      this.touch();
      expect(await code(register(runtime, one.credential))).toBe(this.over(one));
    } else if (step.do === "end") {
      const [one, by] = [this.known[step.which], this.known[step.by]];
      if (one === undefined || by === undefined) return;
      this.touch();
      const ending = runtime.endSession({ session: one.session, by: by.credential });
      const foreign = one.tenant === by.tenant ? undefined : "session/unknown";
      const expected = this.over(by) ?? foreign ?? this.over(one);
      expect(await code(ending)).toBe(expected);
      if (expected === undefined) one.ended = true;
    }
  }

  async open(runtime: Runtime, step: Step & { readonly do: "open" }): Promise<void> {
    const { tenant, token: jti, for: seconds } = step;
    const token = goodToken({ tenant, jti });
    this.touch();
    const opening = runtime.openSession({ token, seconds });
    if (this.tokens.has(token)) {
      await expect(opening).rejects.toMatchObject({ code: "token/replayed" });
      return;
    }
    this.tokens.add(token);
    const { session, credential } = await opening;
    const expiresMs = this.nowMs + seconds * 1_000;
    this.known.push({ tenant, session, credential, expiresMs, ended: false });
  }

  /** What each tenant sees without owning the data root. */
  expectShown(): void {
    for (const tenant of TENANTS) {
      const { root: dataRoot, nowMs } = this.place;
      const root = { files: systemFiles, dataRoot, nowMs };
      const shown = sessionsOf(root, tenant).map(({ session, status }) => [session, status]);
      const expected = this.known
        .filter((one) => one.tenant === tenant)
        .map((one) => [one.session, this.over(one, nowMs)?.replace("session/", "") ?? "open"]);
      expect(shown).toEqual(expected);
    }
  }
}

test("a credential is taken while the model says so, and a tenant sees its own", async () => {
  const steps = fc.array(step, { maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const model = new Model();
      const left = [...all];
      do {
        model.begin();
        await model.place.during(async (runtime) => {
          for (let one = left.shift(); one !== undefined; one = left.shift()) {
            if (one.do === "restart" || one.do === "forget") return forget(model, one.do);
            await model.check(runtime, one);
          }
          return undefined;
        });
        if (forgotten.delete(model)) {
          for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
            rmSync(join(model.place.root, file), { force: true });
          }
        }
        if (model.known.length > 0) model.expectShown();
      } while (left.length > 0);
      if (model.known.length === 0) return;
      const { root } = model.place;
      await model.place.during(async () => {});
      expect(verifyState({ files: systemFiles, dataRoot: root }).problems).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

/** Whose state is deleted once its writer has gone. */
const forgotten = new Set<Model>();

function forget(model: Model, what: "restart" | "forget"): void {
  if (what === "forget") forgotten.add(model);
}
