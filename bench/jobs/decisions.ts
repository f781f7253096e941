/**
 * The job behind the policy section: decisions of the governor over one sealed snapshot, and, in
 * turns, the same requests put to Cedar's own engine with policies and schema parsed before. Both
 * answer the same; where they do not, the run stops.
 */
import type { StatefulAuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import { deepFreeze } from "../../protocol/language/json.ts";
import type { Caller } from "../../protocol/language/records.ts";
import { type Asked, type Governor, governorOf } from "../../runtime/policy/governor.ts";
import { openSnapshot, resolveSnapshot } from "../../runtime/snapshot.ts";
import { systemFiles } from "../../runtime/system-ports.ts";
import { GOVERNED_INTENT, PLAIN_INTENT, requestPayload } from "../governed-workspace.ts";

export interface DecisionsRequest {
  readonly snapshots: string;
  readonly samples: number;
}

export interface DecisionsAnswer {
  readonly policies: number;
  /** From the sealed tables to the first decision, in milliseconds. */
  readonly firstMs: number;
  /** Microseconds of the processor a decision, by sample: nothing of it waits. */
  readonly governorMicros: readonly number[];
  readonly cedarMicros: readonly number[];
  /** Of the same caller, where nothing varies that was read. */
  readonly rememberedMicros: readonly number[];
}

/** Of the processor: however busy the machine is, as much is done. */
const SAMPLE_MICROS = 30_000;
const WARM_UP_MICROS = 1_000_000;
/** Calls between two looks at the clock, which would cost as much as a short call. */
const CALLS_A_LOOK = 8;
const CALLER: Caller = deepFreeze({ identity: "token", roles: ["trader"], attributes: {} });

export function decisions({ snapshots, samples }: DecisionsRequest): DecisionsAnswer {
  const folder = resolveSnapshot(systemFiles, snapshots);
  const governance = openSnapshot(systemFiles, folder).governance();
  if (governance === undefined) throw new Error("the snapshot has no policies");
  const begun = performance.now();
  const governor = governorOf(governance);
  allowed(governor, askedFor(0));
  const firstMs = performance.now() - begun;
  const ask = cedarEngine(governance);
  const contests = [
    (at: number) => allowed(governor, askedFor(at)),
    (at: number) => ask(askedFor(at)),
    (at: number) => allowed(governor, { ...askedFor(at), intent: PLAIN_INTENT }),
  ];
  const micros: number[][] = contests.map(() => []);
  for (const contest of contests) microsEach(contest, WARM_UP_MICROS);
  for (let sample = 0; sample < samples; sample += 1) {
    for (const [which, contest] of contests.entries()) {
      micros[which]?.push(microsEach(contest, SAMPLE_MICROS));
    }
  }
  const [governorMicros = [], cedarMicros = [], rememberedMicros = []] = micros;
  const policies = governance.policies.policies.filter(({ intents }) =>
    intents.includes(GOVERNED_INTENT),
  ).length;
  return { policies, firstMs, governorMicros, cedarMicros, rememberedMicros };
}

function askedFor(at: number): Asked {
  return {
    tenant: "town",
    principal: "ada",
    caller: CALLER,
    intent: GOVERNED_INTENT,
    payload: requestPayload(at),
  };
}

function allowed(governor: Governor, asked: Asked): void {
  const { decision } = governor.decide(asked).decision;
  if (decision !== "allow") throw new Error(`\`${asked.intent}\` was denied`);
}

/** About as many as fit in so much of the processor's time, whoever answers. */
function microsEach(contest: (at: number) => void, micros: number): number {
  const before = process.cpuUsage();
  let [ran, spent] = [0, 0];
  do {
    for (let call = 0; call < CALLS_A_LOOK; call += 1) contest(ran + call);
    ran += CALLS_A_LOOK;
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  } while (spent < micros);
  return spent / ran;
}

/** Cedar with everything parsed that it can parse before, and requests that it need not validate. */
function cedarEngine(governance: SealedGovernance): (asked: Asked) => void {
  const sets = DECIDING_ROLES.map((role) => {
    const statements = governance.policies.policies
      .filter((policy) => policy.role === role && policy.intents.includes(GOVERNED_INTENT))
      .flatMap((policy) => policy.statements)
      .map(({ id, cedar: text }) => [id, text] as const);
    const parsed = cedar.preparsePolicySet(role, {
      staticPolicies: Object.fromEntries(statements),
    });
    if (parsed.type !== "success") throw new Error(JSON.stringify(parsed.errors));
    return role;
  });
  const schema = governance.policies.cedar as never;
  const parsed = cedar.preparseSchema("schema", schema);
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed.errors));
  const [intent] = governance.intents.intents.filter(({ type }) => type === GOVERNED_INTENT);
  const [governed] = governance.intents.workflows.filter(
    ({ workflow }) => workflow === intent?.workflow,
  );
  return ({ tenant, principal, caller, payload }) => {
    const who = { type: "Principal", id: principal };
    const where = { type: "Tenant", id: tenant };
    const parents = [...caller.roles.map((id) => ({ type: "Role", id })), where];
    const call = {
      principal: who,
      action: { type: "Action", id: GOVERNED_INTENT },
      resource: where,
      context: { labels: [], payload, solution: {}, reach: governed?.reach },
      preparsedSchemaName: "schema",
      validateRequest: false,
      entities: [
        { uid: who, attrs: { identity: caller.identity }, parents },
        { uid: where, attrs: {}, parents: [] },
      ],
    };
    for (const preparsedPolicySetId of sets) {
      const request = { ...call, preparsedPolicySetId } as unknown as StatefulAuthorizationCall;
      const answer = cedar.statefulIsAuthorized(request);
      if (answer.type !== "success" || answer.response.decision !== "allow") {
        throw new Error("Cedar decides otherwise");
      }
    }
  };
}
