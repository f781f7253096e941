/**
 * In which order subsystems come to life: by phase, and within one after everything that they
 * require; where nothing else says, as they are listed. A circle, a requirement of a later phase or
 * of what is not there is our own fault, found when the list is loaded.
 */
import { PHASES, type Phase } from "../../protocol/language/gates.ts";
import { invariant } from "../../protocol/language/invariant.ts";

export interface Ranked {
  readonly name: string;
  readonly phase: Phase;
  /** Names of others that must have come to life before. */
  readonly requires: readonly string[];
}

/** The order, computed: stable, and the same for the same list. */
export function ordered<One extends Ranked>(list: readonly One[]): readonly One[] {
  const byName = new Map(list.map((one) => [one.name, one]));
  invariant(byName.size === list.length, "each subsystem has a name of its own");
  const order: One[] = [];
  const under = new Set<string>();
  const done = new Set<string>();
  const enter = (one: One): void => {
    if (done.has(one.name)) return;
    invariant(!under.has(one.name), `the subsystem \`${one.name}\` requires itself in the end`);
    under.add(one.name);
    for (const name of one.requires) {
      const needed = byName.get(name);
      invariant(needed !== undefined, `\`${one.name}\` requires \`${name}\`, which there is not`);
      const isLater = PHASES.indexOf(needed.phase) > PHASES.indexOf(one.phase);
      invariant(!isLater, `\`${one.name}\` requires \`${name}\` of a later phase`);
      enter(needed);
    }
    done.add(one.name);
    order.push(one);
  };
  for (const phase of PHASES) for (const one of list) if (one.phase === phase) enter(one);
  return Object.freeze(order);
}
