/** What was proven stands in a snapshot beside the graphs: checked like all else, and asked by nobody who runs. */
import { expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { openSnapshot, verifySnapshot } from "../../../runtime/snapshot.ts";
import { filesOf, resealed, sealedDisk } from "./sealed.ts";

const { disk, folder } = await sealedDisk();

function refusalOf(changes: Readonly<Record<string, Json>>): string {
  const changed = resealed(disk, folder, changes);
  try {
    verifySnapshot(filesOf(changed.disk), changed.folder);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return "opened";
}

test("what was proven is given frozen, and by older snapshots not at all", () => {
  const proofs = { paths: { "example::WF_CHECK_V0": { declared: "1" } }, bounds: {} };
  const changed = resealed(disk, folder, { "proofs.json": proofs });
  const opened = verifySnapshot(filesOf(changed.disk), changed.folder).proofs();
  expect(opened).toEqual(proofs);
  expect(Object.isFrozen(opened?.paths)).toBe(true);
  expect(openSnapshot(filesOf(disk), folder).proofs()).toBeUndefined();
});

test("it is read when it is asked for, and not before", () => {
  const changed = resealed(disk, folder, { "proofs.json": {} });
  const read: string[] = [];
  const files = filesOf(changed.disk);
  const spying = {
    ...files,
    read: (path: string) => {
      read.push(path.slice(changed.folder.length + 1));
      return files.read(path);
    },
  };
  const snapshot = openSnapshot(spying, changed.folder);
  snapshot.graph("example::WF_CHECK_V0");
  expect(read).not.toContain("proofs.json");
  snapshot.proofs();
  expect(read).toContain("proofs.json");
});

test("what is no table of proofs is refused, and so is any other file beside it", () => {
  expect(refusalOf({ "proofs.json": {} })).toBe("opened");
  for (const value of [[], null, "[]\n", { "No Name": 1 }, '{"paths":1e999}\n', "no json"]) {
    expect(refusalOf({ "proofs.json": value })).toBe("snapshot/malformed-file");
  }
  expect(refusalOf({ "proof.json": {} })).toBe("snapshot/malformed-file");
});

test("names of invariants stand each once, in order", () => {
  const named = (invariants: readonly string[]) => refusalOf({ "manifest.json": { invariants } });
  expect(named(["a::AS_A_V0", "a::AS_B_V0"])).toBe("opened");
  expect(named(["a::AS_B_V0", "a::AS_A_V0"])).toBe("snapshot/malformed-file");
  expect(named(["a::AS_A_V0", "a::AS_A_V0"])).toBe("snapshot/malformed-file");
});
