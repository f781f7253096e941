/** A workspace with one workflow, which writes down each item of a list, compiled by the built program. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

export const MAP_WORKFLOW = "lists::WF_NOTE_ALL_V0";
export const MAP_ITEMS_MAX = 100_000;
/** As many keys fit into the largest payload there may be. */
export const MAP_KEY_CHARS = 5;

const LISTS = `kind: domain
code: lists
summary: Lists, and what is noted of them.
---
kind: effect
code: CS_NOTES_V0
summary: What was noted.
semantics: registry
store: notes
key: { type: string, maxLength: ${MAP_KEY_CHARS} }
value: { type: object, maxProperties: 0 }
---
kind: workflow
code: WF_NOTE_V0
summary: Note one.
payload: { type: object, required: [key], additionalProperties: false, properties: { key: { type: string, maxLength: ${MAP_KEY_CHARS} } } }
start: note
nodes:
  note:
    effect: CS_NOTES_V0
    op: REGISTER
    with: { key: $.payload.key, value: {} }
    on: { SUCCESS: noted, ALREADY_EXISTS: known }
exits:
  noted: { outcome: NOTED }
  known: { outcome: KNOWN }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_NOTE_ALL_V0
summary: Note all.
payload: { type: object, required: [keys], additionalProperties: false, properties: { keys: { type: array, maxItems: ${MAP_ITEMS_MAX}, items: { type: string, maxLength: ${MAP_KEY_CHARS} } } } }
start: each
nodes:
  each:
    map: $.payload.keys
    max: ${MAP_ITEMS_MAX}
    concurrency: 64
    call: WF_NOTE_V0
    with: { key: $.item }
    succeed: [NOTED]
    on: { SUCCESS: noted, FAILED: lost, EMPTY: noted }
exits:
  noted: { outcome: NOTED }
  lost: { outcome: LOST, result: $.nodes.each.outcomes }
on_fault: { outcome: FAULTED }
`;

export function mapWorkspace(bench: Bench): string {
  const workspace = bench.folder("lists");
  const folder = join(workspace, "protocol", "domains", "lists");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "lists.yaml"), LISTS);
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  return workspace;
}
