import { describe, expect, test } from "vitest";
import type { Transform } from "../../../protocol/language/capabilities.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { NodeBody, OpenedBody } from "../../../protocol/language/records.ts";
import { during, freshRoot, open, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

const WORKFLOW = "test::WF_ODD_V0";

function graph(confidential: boolean) {
  return new GraphMaker(WORKFLOW, true)
    .transform(
      "odd",
      { implementation: "odd", input: { read: [0] }, outcomes: { SUCCESS: true }, confidential },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [2] })
    .exit("on_fault", "FAULTED")
    .graph();
}

const ODD_SNAPSHOT = snapshotOf([graph(false)], ["odd"]);
const DISCREET_SNAPSHOT = snapshotOf([graph(true)], ["odd"]);

/** The record of a node whose implementation is as given. */
async function recordWith(odd: unknown, snapshot = ODD_SNAPSHOT): Promise<NodeBody> {
  const root = freshRoot();
  const capabilities = capabilitiesOf({ odd: odd as Transform });
  const payload: Json = { list: [1, 2, 3] };
  await during(root, (runtime) => runtime.submit({ workflow: WORKFLOW, payload }), {
    snapshot,
    snapshots: () => snapshot,
    capabilities,
  });
  return recordsOf(root).find(({ type }) => type === "node") as unknown as NodeBody;
}

const circle: Record<string, unknown> = {};
circle.again = circle;

class Point {
  x = 1;
}

const NOT_JSON: Readonly<Record<string, unknown>> = {
  NaN: Number.NaN,
  "an infinite number": Number.NEGATIVE_INFINITY,
  "an integer beyond 2^53": 2 ** 53,
  undefined: undefined,
  "a function": () => 1,
  "a symbol": Symbol("s"),
  "a bigint": 1n,
  "a circle": circle,
  "a class's object": new Point(),
  "a date": new Date(0),
  "a map": new Map(),
  bytes: new Uint8Array(2),
  "a getter that throws": {
    get x(): never {
      throw new Error("no");
    },
  },
  "a hole in an array": new Array(2),
  "an array with members": Object.assign([1], { more: 1 }),
  "a lone surrogate": "\ud800",
  "a key `__proto__`": JSON.parse('{"__proto__":1}'),
  "what would pass for a sealed value": { $sealed: { key: "default/x", mac: "", data: "" } },
};

describe("an implementation that returns", () => {
  for (const [name, output] of Object.entries(NOT_JSON)) {
    test(`${name} is at FAULT`, async () => {
      const record = await recordWith(() => ({ outcome: "SUCCESS", output: { inner: [output] } }));
      expect(record).toMatchObject({ outcome: "FAULT", to: "on_fault" });
      expect(record.reason?.code).toBe("fault/not-json");
    });
  }

  test("a promise is at FAULT, even when it fails later", async () => {
    const record = await recordWith(async () => {
      throw new Error("later");
    });
    expect(record.reason?.code).toBe("fault/asynchronous");
  });

  test("no answer at all is at FAULT", async () => {
    for (const answer of [null, 7, [], {}, { outcome: 1, output: 1 }, { outcome: "SUCCESS" }]) {
      expect((await recordWith(() => answer)).outcome).toBe("FAULT");
    }
  });

  test("-0 has returned 0", async () => {
    const record = await recordWith(() => ({ outcome: "SUCCESS", output: { zero: -0 } }));
    expect(record.output).toEqual({ zero: 0 });
  });
});

describe("an implementation that", () => {
  test("throws is at FAULT, with what it said in the record", async () => {
    const record = await recordWith(() => {
      throw new Error("the moon is full");
    });
    expect(record.reason).toEqual({
      code: "fault/threw",
      message: "the implementation threw: the moon is full",
    });
  });

  test("throws with labelled values at hand has its message withheld", async () => {
    const record = await recordWith((input: Json) => {
      throw new Error(`cannot use ${JSON.stringify(input)}`);
    }, DISCREET_SNAPSHOT);
    expect(record.reason?.code).toBe("fault/threw");
    expect(JSON.stringify(record)).not.toContain("list");
  });

  test("changes its input is at FAULT: the input is frozen", async () => {
    const record = await recordWith((input: { list: number[] }) => {
      input.list.push(4);
      return { outcome: "SUCCESS", output: input };
    });
    expect(record.reason?.code).toBe("fault/threw");
  });

  test("keeps what it returned cannot change it afterwards", async () => {
    const kept: { n: number }[] = [];
    const odd = () => {
      for (const one of kept) one.n += 1;
      const output = { n: 0 };
      kept.push(output);
      return { outcome: "SUCCESS", output };
    };
    expect((await recordWith(odd)).output).toEqual({ n: 0 });
  });
});

describe("a snapshot whose capabilities", () => {
  const changed = {
    ...capabilitiesOf({ odd: (input) => ({ outcome: "SUCCESS", output: input }) }),
    digestOf: () => sha256("another source"),
  };

  test("are missing stops the start", async () => {
    await expect(
      open(freshRoot(), { snapshot: ODD_SNAPSHOT, capabilities: capabilitiesOf() }),
    ).rejects.toMatchObject({ family: "viability", code: "capability/missing" });
  });

  test("have another source stops the start", async () => {
    await expect(
      open(freshRoot(), { snapshot: ODD_SNAPSHOT, capabilities: changed }),
    ).rejects.toMatchObject({ family: "viability", code: "capability/changed" });
  });

  test("have another source that an author lets pass is named in every trace", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit({ workflow: WORKFLOW, payload: 1 }), {
      snapshot: ODD_SNAPSHOT,
      capabilities: changed,
      allowChangedCapabilities: true,
    });
    const [opened] = recordsOf(root) as unknown as readonly OpenedBody[];
    expect(opened?.changed_capabilities).toEqual(["odd"]);
  });
});
