/**
 * Tenants are a wall: whatever another tenant does on the same data root, in between and with the
 * same names, keys and ids, each tenant is told, and sees, exactly what it would alone.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { list, listRefusals } from "../../../runtime/evidence/list.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { sessionsOf } from "../../../runtime/sessions/known-sessions.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { goodToken } from "../identity/tokens.ts";
import { REGISTER } from "../protocol.ts";
import { Place } from "./place.ts";

const TENANTS = ["acme", "globex"] as const;
type Tenant = (typeof TENANTS)[number];

type Act =
  | { readonly do: "register"; readonly name: string; readonly key: string | null }
  | { readonly do: "open" }
  | { readonly do: "restart" }
  | { readonly do: "end" | "cancel" | "steal"; readonly which: number };

interface Step {
  readonly by: Tenant;
  readonly act: Act;
}

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("register" as const),
      name: fc.constantFrom("ada", "bob"),
      key: fc.option(fc.constantFrom("k1", "k2")),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Act>({ do: "open" }, { do: "restart" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("end" as const, "cancel" as const, "steal" as const),
      which: fc.nat(7),
    }),
  },
);
const steps = fc.array(fc.record({ by: fc.constantFrom(...TENANTS), act }), { maxLength: 20 });

/** An execution or a session that both tenants have heard of. */
interface Thing {
  readonly of: Tenant;
  readonly id: string;
}

/** What somebody names who names what is not there: another's, or nobody's, is the same. */
const NOBODYS_TRACE = "01a1f000-0000-7000-8000-000000000000";
const NOBODYS_SESSION = `session-${NOBODYS_TRACE}`;

interface Among {
  readonly all: readonly Step[];
  readonly at: number;
}

class World {
  readonly place = new Place();
  /** By the step that they came of, so that a step names the same thing in both worlds. */
  readonly things = new Map<number, Thing>();
  readonly told = new Map<Tenant, unknown[]>(TENANTS.map((tenant) => [tenant, []]));
  readonly #credentials = new Map<Tenant, string>();

  /** The steps that `alone` takes, or all. */
  async take(all: readonly Step[], alone?: Tenant): Promise<this> {
    let at = -2;
    const next = async (runtime: Runtime): Promise<void> => {
      for (; at < all.length; at += 1) {
        const first = TENANTS[at + 2];
        const step: Step = all[at] ?? { by: first as Tenant, act: { do: "open" } };
        if (alone !== undefined && step.by !== alone) continue;
        if (step.act.do === "restart") {
          at += 1;
          return;
        }
        const told = this.told.get(step.by) as unknown[];
        told.push(await this.#do(runtime, step, { all, at }));
      }
    };
    while (at < all.length) await this.place.during(next);
    return this;
  }

  async #do(runtime: Runtime, step: Step, place: Among): Promise<unknown> {
    try {
      return this.#plain(await this.#answer(runtime, step, place));
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      return this.#plain({ code, message });
    }
  }

  async #answer(runtime: Runtime, { by, act }: Step, { all, at }: Among): Promise<unknown> {
    const session = this.#credentials.get(by) ?? "";
    if (act.do === "open") {
      const token = goodToken({ tenant: by, sub: by, jti: at });
      const { credential, ...opened } = await runtime.openSession({ token, seconds: 3_600 });
      if (!this.#credentials.has(by)) this.#credentials.set(by, credential);
      this.#note(at, { of: by, id: opened.session });
      return opened;
    }
    if (act.do === "register") {
      const { name, key } = act;
      const keyed = key === null ? {} : { idempotencyKey: key };
      const work = { workflow: REGISTER, payload: { name }, session, ...keyed };
      const { trace_id, outcome, result, repeated } = await runtime.submit(work);
      this.#note(at, { of: by, id: trace_id });
      return { trace_id, outcome, result, repeated };
    }
    if (act.do === "restart") return undefined;
    const of = act.which - 2;
    const isTrace = all[of]?.act.do === "register";
    const nobodys = isTrace ? NOBODYS_TRACE : NOBODYS_SESSION;
    const id = this.things.get(of)?.id ?? nobodys;
    if (act.do === "cancel") return runtime.cancel({ trace: id, session });
    if (act.do === "end") return runtime.endSession({ session: id, by: session });
    // Another's session with one's own secret.
    const isOthers = !isTrace && this.things.get(of)?.of !== by;
    const guess = `${isOthers ? id : NOBODYS_SESSION}.${session.split(".")[1]}`;
    return runtime.submit({ workflow: REGISTER, payload: { name: "eve" }, session: guess });
  }

  #note(at: number, thing: Thing): void {
    this.things.set(at, thing);
  }

  /** Ids are other ones in each world: they are told by whose they are. */
  #plain(told: unknown): unknown {
    const text = JSON.stringify(told) ?? "null";
    return text.replace(/(session-|refused-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>");
  }

  /** What a tenant reads of a data root, without positions in a ledger that is everybody's. */
  seenBy(tenant: Tenant): unknown {
    const root = { files: systemFiles, dataRoot: this.place.root, nowMs: this.place.nowMs };
    const executions = list({ ...root, tenant });
    const refusals = listRefusals({ ...root, tenant });
    return {
      executions: executions.map(({ principal, workflow, outcome, idempotency_key }) => {
        return { principal, workflow, outcome, idempotency_key };
      }),
      refusals: refusals.map(({ principal, intent, code }) => ({ principal, intent, code })),
      sessions: sessionsOf(root, tenant).map(({ principal, status }) => ({ principal, status })),
    };
  }
}

test("a tenant is told, and sees, what it would alone on the data root", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const shared = await new World().take(all);
      for (const tenant of TENANTS) {
        const alone = await new World().take(all, tenant);
        expect(shared.told.get(tenant)).toEqual(alone.told.get(tenant));
        expect(shared.seenBy(tenant)).toEqual(alone.seenBy(tenant));
      }
    }),
    { numRuns: 30 },
  );
});
