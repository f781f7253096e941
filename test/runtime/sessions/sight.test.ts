/**
 * What is known of who asks, and what is written down of it: attributes that policies can see, and of
 * others the names alone.
 */
import { describe, expect, test } from "vitest";
import type { CedarAttribute, SealedGovernance } from "../../../protocol/language/governance.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { governanceOf } from "../governed.ts";
import { goodToken } from "../identity/tokens.ts";
import { ledgerBytes } from "../on-disk.ts";
import { REGISTER, registerGraph, snapshotOf } from "../protocol.ts";
import { Place, register } from "./place.ts";

const HOUR = 3_600;
const NUMBER = "078-05-1120";
const KNOWN = { floor: 2, ssn: NUMBER, home: { street: NUMBER } };
const SEEN = { floor: 2, ssn: null, home: null };

/** A snapshot whose policies can see more of who asks than the floor. */
function seeing(attributes: Readonly<Record<string, CedarAttribute>>): RuntimeOptions["snapshot"] {
  const governance = structuredClone(governanceOf({ workflows: [REGISTER] })) as SealedGovernance;
  const { shape } = governance.policies.cedar[""].entityTypes.Principal;
  Object.assign(shape.attributes, attributes);
  return snapshotOf([registerGraph()], ["identify"], governance);
}

const WITH_NUMBER = seeing({ ssn: { type: "String", required: false } });

describe("of an attribute that no policy can see, the name alone is written down", () => {
  test("for the holder of a token", async () => {
    const place = new Place();
    const token = goodToken({ attributes: KNOWN });
    const opened = await place.during((runtime) => runtime.openSession({ token, seconds: HOUR }));
    expect(opened.attributes).toEqual(SEEN);
    await place.during((runtime) => register(runtime, opened.credential));
    const callers = place.records().flatMap((one) => ("caller" in one ? [one.caller] : []));
    expect(callers.map(({ attributes }) => attributes)).toEqual([SEEN, SEEN]);
    expect(ledgerBytes(place.root).includes(NUMBER)).toBe(false);
  });

  test("for the operator, whose configuration is asked with every start", async () => {
    const place = new Place({ attributes: KNOWN });
    await place.during((runtime) => register(runtime, undefined));
    expect(place.records()[0]).toMatchObject({ caller: { attributes: SEEN } });
    expect(ledgerBytes(place.root).includes(NUMBER)).toBe(false);
    await place.during((runtime) => register(runtime, undefined, "m"), { snapshot: WITH_NUMBER });
    const later = place.records().filter(({ type }) => type === "opened");
    expect(later[1]).toMatchObject({ caller: { attributes: { ...SEEN, ssn: NUMBER } } });
  });

  test("and where policies can see it, its value too", async () => {
    const place = new Place({ snapshot: WITH_NUMBER });
    const token = goodToken({ attributes: KNOWN });
    await place.during((runtime) => runtime.openSession({ token, seconds: HOUR }));
    const attributes = { floor: 2, ssn: NUMBER, home: null };
    expect(place.records()[0]).toMatchObject({ caller: { attributes } });
  });
});

test("a session that was opened before policies could see an attribute is denied, not taken for one without it", async () => {
  const place = new Place();
  const [knowing, without] = await place.during(async (runtime) => [
    await runtime.openSession({ token: goodToken({ attributes: KNOWN }), seconds: HOUR }),
    await runtime.openSession({ token: goodToken({ attributes: {} }), seconds: HOUR }),
  ]);
  const { refusal, written } = await place.refused(
    (runtime) => register(runtime, knowing?.credential),
    { snapshot: WITH_NUMBER },
  );
  expect(refusal.code).toBe("policy/denied");
  expect(refusal.message).toContain("the attribute ssn has no value");
  expect(written).toMatchObject([{ type: "refused", policy: { decision: "deny", rulings: [] } }]);
  const allowed = await place.during((runtime) => register(runtime, without?.credential), {
    snapshot: WITH_NUMBER,
  });
  expect(allowed.outcome).toBe("SUCCESS");
});
