/** A step's line is skimmed where it begins as a writer begins it, and says what its record says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_DIGEST, sha256 } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { NodeBody } from "../../../protocol/language/records.ts";
import { isTime } from "../../../runtime/evidence/record-shape.ts";
import { skimmer } from "../../../runtime/evidence/skim.ts";

const body: NodeBody = {
  ...{ type: "node", node: "size", outcome: "USUAL", output: { text: "é" }, to: "end" },
};
const place = { n: 7, trace: "t-1", seq: 2, at: "2026-01-02T03:04:05.678Z", prev: NO_DIGEST };
const line = Buffer.from(writeLine(place, body).line);

const BEGIN =
  /^\{"n":([1-9][0-9]{0,14}),"trace":"([A-Za-z0-9][A-Za-z0-9._-]{0,126})","seq":([1-9][0-9]{0,14}),"at":"([0-9TZ:.-]{24})","type":"(node|effect)","node":"([a-z0-9_/[\]]{1,256})",/;

/** What there is to be skimmed of a line, by a pattern. */
function expected(text: string): object | undefined {
  const [, n, trace, seq, at = "", type, node] = BEGIN.exec(text) ?? [];
  const tail = /,"prev":"(.{64})","hash":"([0-9a-f]{64})"\}\n$/.exec(text);
  const hash = sha256(Buffer.from(`${text.slice(0, -76)}}\n`, "latin1"));
  if (n === undefined || tail?.[2] !== hash || !isTime(at)) return undefined;
  return { n: Number(n), trace, seq: Number(seq), at, type, node, prev: tail[1], hash };
}

function told(link: ReturnType<ReturnType<typeof skimmer>>): object | undefined {
  if (link === undefined) return undefined;
  const { n, trace, seq, at, type, node, prev, hash } = link as typeof link & { node: string };
  return { n, trace, seq, at, type, node, prev, hash };
}

test("a step is skimmed as what it says", () => {
  const { hash } = writeLine(place, body);
  expect(told(skimmer()(line))).toEqual({ ...place, type: "node", node: "size", hash });
  const effect = Buffer.from(writeLine(place, { ...body, type: "effect" } as never).line);
  expect(told(skimmer()(effect))).toMatchObject({ type: "effect", node: "size" });
});

test("a change of a byte is no step's line, and a line behind it is read as without it", () => {
  const skim = skimmer();
  for (let at = 0; at < line.length; at += 1) {
    const changed = Buffer.from(line);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(skim(changed)).toBeUndefined();
    expect(told(skim(line))).toEqual(expected(line.toString("latin1")));
  }
});

/** A line of any beginning, with the hash that is its own. */
function sealed(begin: string, prev: string): Buffer {
  const open = Buffer.from(`${begin},"prev":"${prev}"`, "latin1");
  const hash = sha256(Buffer.concat([open, Buffer.from("}\n")]));
  return Buffer.concat([open, Buffer.from(`,"hash":"${hash}"}\n`)]);
}

const number = fc.constantFrom("0", "1", "12", "012", "999999999999999", "1234567890123456", "-1");
const trace = fc.constantFrom(
  "t-1",
  "t-12",
  "t-",
  "",
  "-t",
  "T.1",
  "a".repeat(127),
  "a".repeat(128),
);
const time = fc.constantFrom(
  ...["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.679Z", "2026-02-30T03:04:05.678Z"],
  ...["2026-01-02T03:04:05.67Z", "2026-01-02T03:04:05.678Z0"],
);
const type = fc.constantFrom("node", "effect", "nodes", "closed");
const node = fc.constantFrom("size", "a/b[1]", "", "A", "é", "a".repeat(256), "a".repeat(257));
const prev = fc.constantFrom(NO_DIGEST, "0".repeat(63), "x".repeat(64));
const lines = fc
  .tuple(number, trace, number, time, type, node, prev)
  .map(([n, of, seq, at, what, name, before]) =>
    sealed(
      `{"n":${n},"trace":"${of}","seq":${seq},"at":"${at}","type":"${what}","node":"${name}","to":"e"`,
      before,
    ),
  );

test("lines in any order are skimmed as each is by itself", () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), (all) => {
      const skim = skimmer();
      const found = all.map((one) => told(skim(one)));
      expect(found).toEqual(all.map((one) => expected(one.toString("latin1"))));
    }),
    { numRuns: 2_000 },
  );
});
