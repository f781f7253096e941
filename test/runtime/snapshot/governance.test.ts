/** Sealed intents and policies are opened as strictly as graphs: each forgery is refused by place. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type SealedSnapshot, writeSnapshot } from "../../../compiler/index.ts";
import { canonical } from "../../../protocol/language/canonical.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { SYSTEM_PORTS, verifySnapshot } from "../../../runtime/index.ts";
import { freshFolder } from "../../capabilities/built.ts";
import { compiledOf } from "../../compiler/policy/protocol.ts";

const { files } = SYSTEM_PORTS;
let sealed: SealedSnapshot;

beforeAll(async () => {
  const intent = "requires: { roles: [porter], attributes: { gate: { type: string } } }";
  const { snapshot } = await compiledOf({ intent });
  if (snapshot === null) throw new Error("the protocol compiles");
  sealed = snapshot;
});

// biome-ignore lint/suspicious/noExplicitAny: a forger writes what he likes.
type Forged = any;

/** The folder of a snapshot in which files say something else, and every digest holds. */
function resealed(changes: Readonly<Record<string, Json | undefined>>): string {
  const texts = new Map(sealed.files);
  texts.delete("manifest.json");
  for (const [path, value] of Object.entries(changes)) {
    if (value === undefined) texts.delete(path);
    else texts.set(path, `${canonical(value)}\n`);
  }
  const paths = [...texts.keys()].sort();
  const manifest = `${canonical({
    ...sealed.manifest,
    files: paths.map((path) => {
      const text = texts.get(path) ?? "";
      return { path, bytes: Buffer.byteLength(text), sha256: sha256(text) };
    }),
  } as unknown as Json)}\n`;
  const folder = join(freshFolder(), sha256(manifest));
  mkdirSync(join(folder, "graphs"), { recursive: true });
  for (const [path, text] of texts) writeFileSync(join(folder, path), text);
  writeFileSync(join(folder, "manifest.json"), manifest);
  return folder;
}

/** The code, and the first pointer, of what is refused. */
function refusal(folder: string): readonly [code: string, pointer: string | undefined] {
  try {
    verifySnapshot(files, folder);
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.problems[0]?.pointer];
    throw error;
  }
  return ["opened", undefined];
}

function forgedAt(file: string, forge: (value: Forged) => void): string | undefined {
  const value = JSON.parse(sealed.files.get(file) ?? "");
  forge(value);
  const [code, pointer] = refusal(resealed({ [file]: value }));
  expect(code).toBe(pointer === undefined ? "opened" : "snapshot/malformed-file");
  return pointer;
}

test("what was sealed opens, frozen, and is the same as it was compiled", () => {
  const written = writeSnapshot(sealed, join(freshFolder(), "snapshots"));
  const governance = verifySnapshot(files, written.folder).governance();
  expect(Object.isFrozen(governance?.policies.policies[0]?.statements[0])).toBe(true);
  expect(governance?.intents).toEqual(JSON.parse(sealed.files.get("intents.json") ?? ""));
  expect(governance?.policies).toEqual(JSON.parse(sealed.files.get("policies.json") ?? ""));
  expect(forgedAt("intents.json", () => {})).toBeUndefined();
});

test.each<[law: string, pointer: string, forge: (table: Forged) => void]>([
  ["a type of another form", "/intents/0/type", (t) => (t.intents[0].type = "Club.Join")],
  [
    "a workflow that was not sealed",
    "/intents/0/workflow",
    (t) => (t.intents[0].workflow = "a::WF_X_V0"),
  ],
  ["a type that stands twice", "/intents/1", (t) => t.intents.splice(1, 0, t.intents[0])],
  [
    "a role that is no word",
    "/intents/0/requires/roles/0",
    (t) => (t.intents[0].requires.roles = ["*"]),
  ],
  [
    "roles in another order",
    "/intents/0/requires/roles/1",
    (t) => (t.intents[0].requires.roles = ["porter", "a"]),
  ],
  [
    "an attribute without a schema",
    "/intents/0/requires/attributes/gate",
    (t) => (t.intents[0].requires.attributes.gate = 1),
  ],
  ["a label that there is not", "/intents/0/labels/0", (t) => (t.intents[0].labels = ["public"])],
  [
    "a context that is no plain value",
    "/intents/0/context/a",
    (t) => (t.intents[0].context = { a: [] }),
  ],
  ["a member that nobody declared", "/intents/0", (t) => (t.intents[0].allow = true)],
  ["a workflow of which nothing is said", "/workflows", (t) => t.workflows.pop()],
  [
    "a reach that is no list",
    "/workflows/0/reach/effects",
    (t) => (t.workflows[0].reach.effects = "all"),
  ],
  [
    "a label that there is not in a reach",
    "/workflows/0/reach/clearance/0",
    (t) => (t.workflows[0].reach.clearance = ["public"]),
  ],
  [
    "labels in another order",
    "/workflows/0/labels/1",
    (t) => (t.workflows[0].labels = ["secret", "pii"]),
  ],
])("of the intents: %s is refused", (_, pointer, forge) => {
  expect(forgedAt("intents.json", forge)).toBe(pointer);
});

test.each<[law: string, pointer: string, forge: (table: Forged) => void]>([
  ["a role that does not decide", "/policies/0/role", (t) => (t.policies[0].role = "librarian")],
  [
    "an intent that there is not",
    "/policies/0/intents/0",
    (t) => (t.policies[0].intents = ["club.leave"]),
  ],
  ["no intent", "/policies/0/intents", (t) => (t.policies[0].intents = [])],
  ["no statement", "/policies/0/statements", (t) => (t.policies[0].statements = [])],
  [
    "a statement under another's id",
    "/policies/0/statements/0/id",
    (t) => (t.policies[0].statements[0].id = "x#1"),
  ],
  [
    "an effect of its own",
    "/policies/0/statements/0/effect",
    (t) => (t.policies[0].statements[0].effect = "allow"),
  ],
  ["a role without a permit", "/policies", (t) => (t.policies[0].statements[0].effect = "forbid")],
  ["a role without a policy", "/policies", (t) => t.policies.pop()],
  ["a policy that stands twice", "/policies/1", (t) => t.policies.splice(1, 0, t.policies[0])],
  [
    "an action without an intent",
    "/cedar//actions",
    (t) => (t.cedar[""].actions["a.b"] = t.cedar[""].actions["club.join"]),
  ],
  [
    "an intent without an action",
    "/cedar//actions",
    (t) => delete t.cedar[""].actions["club.join"],
  ],
  [
    "a role that an intent requires and nobody can have",
    "/cedar//entityTypes",
    (t) => (t.cedar[""].entityTypes.Role.enum = ["root"]),
  ],
  [
    "roles in another order",
    "/cedar//entityTypes/Role/1",
    (t) => t.cedar[""].entityTypes.Role.enum.push("a"),
  ],
  [
    "principals without an identity",
    "/cedar//entityTypes",
    (t) => delete t.cedar[""].entityTypes.Principal.shape.attributes.identity,
  ],
  [
    "an attribute that everybody is said to have",
    "/cedar//entityTypes",
    (t) => (t.cedar[""].entityTypes.Principal.shape.attributes.gate.required = true),
  ],
  [
    "an act of which policies see what it has not",
    "/cedar//actions/pgs.run",
    (t) =>
      (t.cedar[""].actions["pgs.run"].appliesTo.context.attributes.tenant = {
        type: "String",
        required: false,
      }),
  ],
  [
    "an act of which policies see something as another thing",
    "/cedar//actions/pgs.run",
    (t) => (t.cedar[""].actions["pgs.run"].appliesTo.context.attributes.workflow.type = "Long"),
  ],
  [
    "an intent whose reach is another thing",
    "/cedar//actions/club.join",
    (t) =>
      (t.cedar[""].actions["club.join"].appliesTo.context.attributes.reach.attributes.outside.type =
        "String"),
  ],
  [
    "a label that is no text",
    "/cedar//actions/club.join",
    (t) =>
      (t.cedar[""].actions["club.join"].appliesTo.context.attributes.labels.element.type =
        "Boolean"),
  ],
  [
    "principals without roles",
    "/cedar//entityTypes",
    (t) => (t.cedar[""].entityTypes.Principal.memberOfTypes = ["Tenant"]),
  ],
  ["a type of its own", "/cedar//entityTypes", (t) => (t.cedar[""].entityTypes.Admin = {})],
  [
    "a member that means something to Cedar",
    "/cedar//actions/club.join/appliesTo/context/attributes",
    (t) =>
      (t.cedar[""].actions["club.join"].appliesTo.context.attributes.__entity = {
        type: "String",
        required: true,
      }),
  ],
  [
    "a type that Cedar has and policies have not",
    "/cedar//actions/club.join/appliesTo/context/attributes/labels/type",
    (t) => (t.cedar[""].actions["club.join"].appliesTo.context.attributes.labels.type = "Entity"),
  ],
])("of the policies: %s is refused", (_, pointer, forge) => {
  expect(forgedAt("policies.json", forge)).toBe(pointer);
});

const TRUE = { op: "value", value: true };
const nested = (depth: number): Forged => (depth === 0 ? TRUE : { op: "!", of: nested(depth - 1) });

test.each<[law: string, place: string, condition: Forged]>([
  ["no object", "/op", true],
  ["an operator that there is not", "/op", { op: "ip", of: TRUE }],
  ["a member of every object", "/op", { op: "constructor" }],
  ["an operand too many", "", { op: "!", of: TRUE, left: TRUE }],
  ["an operand too few", "", { op: "==", left: TRUE }],
  ["an operand that is no expression", "/left/op", { op: "==", left: 1, right: TRUE }],
  ["a number that is not whole", "/value", { op: "value", value: 1.5 }],
  ["a number that is rounded", "/value", { op: "value", value: 2 ** 53 }],
  ["nothing as a value", "/value", { op: "value", value: null }],
  ["a value that holds others", "/value", { op: "value", value: ["a"] }],
  ["an entity of a type of its own", "/type", { op: "entity", type: "Admin", id: "a" }],
  ["an entity without a name", "", { op: "entity", type: "Role" }],
  ["an empty chain", "/all", { op: "&&", all: [] }],
  ["an empty path", "/names", { op: "has", of: { op: "context" }, names: [] }],
  ["a pattern of nothing", "/texts", { op: "like", of: TRUE, texts: [] }],
  ["a pattern with a wildcard of its own", "/texts/1", { op: "like", of: TRUE, texts: ["", null] }],
  ["a record whose members are no pairs", "/members/0", { op: "record", members: [["a"]] }],
])("of a condition: %s is refused", (_, place, condition) => {
  const pointer = forgedAt("policies.json", (t) => {
    t.policies[0].statements[0].conditions = [condition];
  });
  expect(pointer).toBe(`/policies/0/statements/0/conditions/0${place}`);
});

test("a snapshot of a time when policies saw less, and when there was an act less, opens", () => {
  const pointer = forgedAt("policies.json", (t) => {
    const { actions } = t.cedar[""];
    delete actions["pgs.run"].appliesTo.context.attributes.reach.attributes.outside;
    delete actions["club.join"].appliesTo.context.attributes.reach;
    delete actions["pgs.cancel"];
  });
  expect(pointer).toBeUndefined();
});

test("conditions that nest too deep are refused before anything looks at them", () => {
  const pointer = forgedAt("policies.json", (t) => {
    t.policies[0].statements[0].conditions = [nested(600)];
  });
  expect(pointer).toBe("");
});

test("a condition of every operator opens, as deep as it may be", () => {
  const context = { op: "context" };
  const conditions = [
    nested(400),
    { op: "==", left: { op: "principal" }, right: { op: "entity", type: "Principal", id: "é" } },
    { op: "has", of: { op: "get", of: context, name: "payload" }, names: ["a", "__proto__"] },
    { op: "like", of: { op: "value", value: "" }, texts: ["", ""] },
    { op: "is", of: { op: "resource" }, type: "Tenant", in: { op: "set", items: [] } },
    { op: "if", test: TRUE, yes: { op: "neg", of: TRUE }, no: { op: "record", members: [] } },
    { op: "record", members: [["__proto__", TRUE]] },
    { op: "||", all: [{ op: "in", left: { op: "action" }, right: TRUE }] },
  ];
  const pointer = forgedAt("policies.json", (t) => {
    t.policies[0].statements[0].conditions = conditions;
  });
  expect(pointer).toBeUndefined();
});

test("the one table without the other, or a third one, is refused", () => {
  const malformed = ["snapshot/malformed-file", "/files"];
  expect(refusal(resealed({ "policies.json": undefined }))).toEqual(malformed);
  expect(refusal(resealed({ "intents.json": undefined }))).toEqual(malformed);
  expect(refusal(resealed({ "roles.json": {} }))).toEqual(malformed);
});

test("a changed, missing or additional table is refused before a byte of it is used", () => {
  const folder = resealed({});
  const path = join(folder, "policies.json");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("permit", "forbid"));
  expect(refusal(folder)[0]).toBe("snapshot/changed-file");
  rmSync(path);
  expect(refusal(folder)[0]).toBe("snapshot/missing-file");
  const ungoverned = resealed({ "intents.json": undefined, "policies.json": undefined });
  expect(refusal(ungoverned)[0]).toBe("opened");
  writeFileSync(join(ungoverned, "policies.json"), text);
  expect(refusal(ungoverned)[0]).toBe("snapshot/additional-file");
});
