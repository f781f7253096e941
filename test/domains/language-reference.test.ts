/** The language reference says nothing that the compiler does not take. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeSnapshot } from "../../compiler/index.ts";
import {
  decideCase,
  governorOf,
  openSnapshot,
  resolveSnapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { freshFolder } from "../capabilities/built.ts";
import { compileDomains } from "./compiled.ts";

const README = join(import.meta.dirname, "../../protocol/language/README.md");

/** The examples of the reference as a folder of domains. */
function library(): string {
  const examples = [...readFileSync(README, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
  const domains = freshFolder();
  mkdirSync(join(domains, "library"));
  for (const [at, [, text = ""]] of examples.entries()) {
    writeFileSync(join(domains, "library", `example-${at + 1}.yaml`), text);
  }
  expect(examples.length).toBeGreaterThan(8);
  return domains;
}

it("every YAML example of the reference is part of one protocol that compiles", async () => {
  expect((await compileDomains(library())).diagnostics).toEqual([]);
});

it("what the reference shows of calls to the outside is sealed, and opens as it runs", async () => {
  const { snapshot } = await compileDomains(library());
  if (snapshot === null) throw new Error("the reference compiles");
  const folder = freshFolder();
  writeSnapshot(snapshot, folder);
  const { files } = SYSTEM_PORTS;
  const opened = openSnapshot(files, resolveSnapshot(files, folder));
  const { nodes } = opened.graph("library::WF_ORDER_BOOK_V0");
  const calls = nodes.flatMap((node) => (node.kind === "external" ? [node] : []));
  expect(calls).toMatchObject([
    {
      name: "order",
      implementation: "http-call",
      settings: { hosts: ["api.example.org"] },
      repeat: "unsafe",
      timeoutMs: 30_000,
    },
    {
      name: "put_up",
      implementation: "file-drop",
      settings: { folder: "/srv/library/notices" },
      repeat: "safe",
      timeoutMs: 5_000,
    },
  ]);
  const sealed = snapshot.manifest.capabilities.map(({ implementation }) => implementation);
  expect(sealed).toEqual(expect.arrayContaining(["file-drop", "http-call"]));
});

it("what the reference expects of its policies is what they decide", async () => {
  const { snapshot, expected } = await compileDomains(library());
  if (snapshot === null) throw new Error("the reference compiles");
  const folder = freshFolder();
  writeSnapshot(snapshot, folder);
  const { files } = SYSTEM_PORTS;
  const governance = openSnapshot(files, resolveSnapshot(files, folder)).governance();
  if (governance === undefined) throw new Error("the reference has an intent");
  const governor = governorOf(governance);
  const decided = await Promise.all(expected.map((one) => decideCase(governor, one.case)));
  expect(decided.map(({ decision }) => decision)).toEqual(expected.map(({ expect }) => expect));
  expect(decided.map(({ rulings }) => rulings.at(-1)?.role)).toEqual([
    "data_steward",
    "security_guard",
    "data_steward",
    "city_manager",
    "data_steward",
    "security_guard",
    "security_guard",
  ]);
});
