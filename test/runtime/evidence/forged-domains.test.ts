/**
 * Ledgers of real domains with waits, signals, second chances, maps and compensations, each forged
 * in one place and chained anew: whoever verifies is told where, without the values and the keys
 * that a full replay needs.
 */
import { beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../protocol/language/json.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { systemFiles } from "../../../runtime/system-ports.ts";
import { compileDomains, DOMAINS, payload } from "../../domains/compiled.ts";
import { type Office, officeOf, type Person } from "../../domains/office.ts";
import { policiesOf } from "../../domains/old-book.ts";
import { type Forge, forged } from "./forged-root.ts";

const ADA: Person = { principal: "ada", roles: ["applicant"] };
const OTTO: Person = { principal: "otto", roles: ["officer"] };
const OLGA: Person = { principal: "olga", roles: ["officer"] };
const CARL: Person = { principal: "carl", roles: ["registry_clerk", "controller"] };
const ERIN: Person = { principal: "erin", roles: ["employee"], attributes: { employee: "erin" } };
const LEA: Person = { principal: "lea", roles: ["migration_lead"] };

let office: Office;

function say(who: Person, trace: string, name: string, given: Uint8Array) {
  return office.as(who, (runtime) => runtime.signal({ trace, name, payload: given }));
}

/** Another application, for each its own. */
function apply(traceId: string, site: string) {
  const text = JSON.parse(Buffer.from(payload("permits", "application")).toString()) as JsonObject;
  const application = { ...(text.application as JsonObject), site };
  return office.as(ADA, (runtime) =>
    runtime.submit({ intent: "permits.apply", payload: { ...text, application }, traceId }),
  );
}

beforeAll(async () => {
  office = officeOf(await compileDomains(DOMAINS));
  const agree = payload("permits", "approve");
  await apply("granted", "Mill Lane 1");
  await say(OTTO, "granted", "APPROVE", agree);
  await say(OLGA, "granted", "APPROVE", agree);
  await office.as(CARL, (runtime) =>
    runtime.submit({ intent: "expenses.set_budget", payload: payload("expenses", "budget") }),
  );
  const given = payload("expenses", "small-claim");
  await office.as(ERIN, (runtime) =>
    runtime.submit({ intent: "expenses.claim", payload: given, traceId: "given-back" }),
  );
  for (const [traceId, policies] of [
    ["wave", policiesOf({ from: 1, count: 12 })],
    ["taken-back", policiesOf({ from: 101, count: 12, brokenEvery: 4 })],
  ] as const) {
    const work = { intent: "insurance.migrate_wave", payload: { wave: traceId, policies } };
    await office.as(LEA, (runtime) => runtime.submit({ ...work, traceId }));
  }
  await apply("lapsed", "Mill Lane 2");
  office.days(31);
  await say(CARL, "lapsed", "REOPEN", Buffer.from("{}"));
  await say(OTTO, "lapsed", "APPROVE", agree);
}, 60_000);

async function found(forge: Forge): Promise<readonly string[]> {
  // What was flushed is a position of the old ledger.
  const unflushed: Forge = (records) =>
    records.map((one) => ("flushed" in one ? { ...one, flushed: 0 } : one));
  const dataRoot = forged(office.data, both(forge, unflushed));
  const { problems, waiting, open } = await verify({
    files: systemFiles,
    dataRoot,
    tracesFolder: `${dataRoot}-traces`,
    snapshot: office.snapshots,
    paint: undefined,
    state: false,
  });
  expect(open).toEqual(["lapsed"]);
  expect(waiting.map(({ node }) => node)).toHaveLength(problems.length === 0 ? 1 : waiting.length);
  return problems.map(({ code, message }) => `${code}: ${message}`);
}

type Loose = LedgerRecord & Record<string, unknown>;

/** Changes one record of a trace: of its type and node, the first one unless told. */
function change(
  [trace, type, node, nth = 0]: readonly [string, string, string, number?],
  by: (record: Loose) => object | null,
): Forge {
  return (records) => {
    const all = records.filter((one) => {
      const told = one as Loose;
      return one.trace === trace && one.type === type && String(told.node ?? told.exit) === node;
    });
    const one = all.at(nth) as Loose | undefined;
    if (one === undefined) throw new Error(`${trace} has no ${type} ${node} ${nth}`);
    const changed = by(one);
    return records.flatMap((record) =>
      record !== one ? [record] : changed === null ? [] : [{ ...record, ...changed } as Loose],
    );
  };
}

const both =
  (...forges: readonly Forge[]): Forge =>
  (records) =>
    forges.reduce((made, forge) => forge(made), records);

/** What a trace counts of its records, counted again. */
const counted =
  (trace: string): Forge =>
  (records) =>
    records.map((record) =>
      record.trace === trace && record.type === "closed"
        ? { ...record, records: records.filter((one) => one.trace === trace).length }
        : record,
    );

const drop = (of: readonly [string, string, string, number?]) =>
  both(
    change(of, () => null),
    counted(of[0]),
  );

function later(time: unknown, days: number): string {
  return new Date(Date.parse(String(time)) + days * 86_400_000).toISOString();
}

const atShell = ({ caller }: Loose) => ({
  session: null,
  caller: { ...(caller as JsonObject), identity: "operator" },
});

const output = (record: Loose) => record.output as JsonObject;

test("a ledger that nobody forged holds, and says what the open one waits for", async () => {
  expect(await found((records) => records)).toEqual([]);
});

test.each<readonly [what: string, forge: Forge, told: string]>([
  [
    "a wait that ended before its time",
    both(
      change(["lapsed", "timer", "hearing/decision"], ({ until }) => ({
        until: later(until, -1),
      })),
    ),
    "time is up at",
  ],
  [
    "a wait shifted as a whole",
    change(["lapsed", "timer", "hearing/decision"], ({ since, until }) => ({
      since: later(since, -1),
      until: later(until, -1),
    })),
    "and the record before it is of",
  ],
  [
    "an open wait shifted as a whole",
    change(["lapsed", "timer", "second_hearing/decision"], ({ since, until }) => ({
      since: later(since, -1),
      until: later(until, -1),
    })),
    "and the record before it is of",
  ],
  [
    "an open wait of another length",
    change(["lapsed", "timer", "second_hearing/decision"], ({ until }) => ({
      until: later(until, 1),
    })),
    "time is up at",
  ],
  [
    "an open execution that has come to where it cannot",
    change(["lapsed", "node", "hearing/decision"], () => ({
      outcome: "APPROVE",
      to: "hearing/agreed",
    })),
    "not enough people said",
  ],
  [
    "an open execution told something by its requester",
    change(["lapsed", "signal", "second_hearing/decision"], () => ({ principal: "ada" })),
    "asked for it",
  ],
  [
    "another approver",
    change(["granted", "signal", "hearing/decision", 1], () => ({ principal: "oscar" })),
    "was said by",
  ],
  [
    "the requester as an approver",
    change(["granted", "signal", "hearing/decision", 1], () => ({ principal: "ada" })),
    "asked for it",
  ],
  [
    "approvers who both were at a shell",
    both(
      change(["granted", "signal", "hearing/decision"], atShell),
      change(["granted", "signal", "hearing/decision", 1], atShell),
    ),
    "`olga` is the operator, who has said `APPROVE` before, as `otto`",
  ],
  [
    "a requester at a shell, and an approver there",
    both(
      change(["granted", "opened", "undefined"], atShell),
      change(["granted", "signal", "hearing/decision"], atShell),
    ),
    "`otto` is the operator, who asked for it as `ada`",
  ],
  [
    "an approver told otherwise in the output",
    change(["granted", "node", "hearing/decision"], (record) => ({
      output: { ...output(record), principals: ["otto", "oscar"] },
    })),
    "was said by",
  ],
  [
    "who said it last told otherwise",
    change(["granted", "node", "hearing/decision"], (record) => ({
      output: { ...output(record), principal: "otto" },
    })),
    "was said by",
  ],
  [
    "what was said told otherwise",
    change(["granted", "node", "hearing/decision"], (record) => ({
      output: { ...output(record), payload: { conditions: ["none"] } },
    })),
    "with another payload",
  ],
  [
    "a signal by another decision",
    change(["granted", "signal", "hearing/decision"], ({ policy }) => ({
      policy: { ...(policy as JsonObject), seen: {} },
    })),
    "policy/decided-otherwise",
  ],
  ["a dropped signal", drop(["granted", "signal", "hearing/decision"]), "not enough people said"],
  ["a dropped compensation", drop(["given-back", "effect", "take/compensate"]), "comes next"],
  [
    "a compensation of another thing",
    change(["taken-back", "effect", "begin/compensate"], () => ({ compensates: "report" })),
    "undoes",
  ],
  [
    "a compensation told as done that was not",
    change(["given-back", "effect", "take/compensate"], () => ({ outcome: "CONFLICT" })),
    "stands",
  ],
  [
    "compensated, although something stands",
    both(
      change(["given-back", "node", "given_back"], (record) => ({
        outcome: "COMPENSATED",
        to: "given_back/compensated",
        output: { ...output(record), stands: [] },
      })),
      change(["given-back", "closed", "given_back/stands"], () => ({
        exit: "given_back/compensated",
        outcome: "COMPENSATED",
      })),
    ),
    "stands: that is PARTLY_COMPENSATED",
  ],
  [
    "what stands is not told in the result",
    change(["given-back", "closed", "given_back/stands"], (record) => ({
      result: { ...(record.result as JsonObject), compensated: ["take", "keep"], stands: [] },
    })),
    "the result of `given_back/stands`",
  ],
  [
    "a map that is told longer",
    change(["wave", "node", "migrate"], (record) => ({ output: { ...output(record), total: 13 } })),
    "another `total`",
  ],
  [
    "counts that do not add up",
    change(["wave", "node", "migrate"], (record) => ({
      output: { ...output(record), outcomes: { SUCCESS: 13 } },
    })),
    "another `outcomes`",
  ],
  [
    "an item dropped out of the map, its sums told anew",
    (records) => {
      const kept = records.filter(
        (one) => !(one.trace === "wave" && String((one as Loose).node).startsWith("migrate[11]")),
      );
      const sums = change(["wave", "node", "migrate"], (record) => {
        const { results, ...rest } = output(record);
        return {
          output: {
            ...rest,
            total: 11,
            succeeded: 11,
            outcomes: { SUCCESS: 11 },
            ...(Array.isArray(results) ? { results: results.slice(0, -1) } : {}),
          },
        };
      });
      return counted("wave")(sums(kept));
    },
    "12 items",
  ],
  [
    "a record of an item moved to another",
    change(["wave", "node", "migrate[3]/product"], () => ({ node: "migrate[4]/product" })),
    "comes next",
  ],
])("%s is named", async (_, forge, told) => {
  expect((await found(forge)).join("\n")).toContain(told);
});
