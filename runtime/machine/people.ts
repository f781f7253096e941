/**
 * People, as signals count them. A name is a person; and all who work at a shell are one person
 * together, whatever they are called there: they take any name that they want. It judges by what was
 * recorded of who asked, and asks nobody.
 */
import { CONTEXT_SLOT, type Graph } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { member } from "../../protocol/language/json.ts";
import { IDENTITIES } from "../../protocol/language/records.ts";
import type { Person, SignalOrder, Slots } from "./program.ts";

/** Whether one is nobody new beside the other: of the same name, or both at a shell. */
export function isSamePerson(one: Person, other: Person): boolean {
  return one.principal === other.principal || areOperators(one, other);
}

export function areOperators(one: Person, other: Person): boolean {
  return one.identity === "operator" && other.identity === "operator";
}

export function personOf({ principal, caller: { identity } }: SignalOrder): Person {
  return { principal, identity };
}

/**
 * Behind the last slot of a graph stands how it is known who asked for the execution: no path leads
 * there, and every branch has it.
 */
export function identitySlot({ slots }: Graph): number {
  return slots;
}

/** Who asked for the execution. */
export function requesterIn(graph: Graph, slots: Slots): Person {
  const principal = member(slots[CONTEXT_SLOT], "principal");
  const told = slots[identitySlot(graph)];
  const identity = IDENTITIES.find((one) => one === told);
  invariant(typeof principal === "string" && identity, "an execution knows who asked for it");
  return { principal, identity };
}
