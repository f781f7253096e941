import { expect, test } from "vitest";
import { lower } from "../../../compiler/passes/lower.ts";
import { seal } from "../../../compiler/passes/seal.ts";
import { canonical } from "../../../protocol/language/canonical.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import { CAPABILITIES } from "../../runtime/snapshot/sealed.ts";
import { REGISTRATION } from "./protocols.ts";
import { typedOf } from "./typed.ts";

async function graphs(): Promise<readonly Graph[]> {
  return (await lower(typedOf(REGISTRATION))).value;
}

test("the id is the digest of the manifest, and the manifest lists every other file", async () => {
  const { value } = seal({ graphs: await graphs(), capabilities: CAPABILITIES });
  const { "manifest.json": manifest = "", ...others } = Object.fromEntries(value.files);
  expect(sha256(manifest)).toBe(value.id);
  expect(JSON.parse(manifest)).toEqual(value.manifest);
  const listed = Object.entries(others).map(([path, text]) => ({
    path,
    bytes: Buffer.byteLength(text),
    sha256: sha256(text),
  }));
  expect(value.manifest.files).toEqual(listed);
});

test("every file is canonical JSON and a newline", async () => {
  const { value } = seal({ graphs: await graphs(), capabilities: CAPABILITIES });
  for (const text of value.files.values()) expect(text).toBe(`${canonical(JSON.parse(text))}\n`);
});

test("the order of the graphs makes no difference", async () => {
  const forward = await graphs();
  const one = seal({ graphs: forward, capabilities: CAPABILITIES });
  const other = seal({ graphs: forward.toReversed(), capabilities: CAPABILITIES });
  expect(other.value).toEqual(one.value);
});

test("the implementations that are used are sealed by digest, and no others", async () => {
  const more = {
    ...CAPABILITIES,
    names: () => ["another", "identify"],
    digestOf: (name: string) => sha256(name),
  };
  const { value } = seal({ graphs: await graphs(), capabilities: more });
  expect(value.manifest.capabilities).toEqual([
    { implementation: "identify", sha256: sha256("identify") },
  ]);
});

test("another program text of an implementation gives another snapshot", async () => {
  const one = seal({ graphs: await graphs(), capabilities: CAPABILITIES });
  const other = seal({
    graphs: await graphs(),
    capabilities: { ...CAPABILITIES, digestOf: () => sha256("changed") },
  });
  expect(other.value.id).not.toBe(one.value.id);
});
