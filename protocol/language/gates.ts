/**
 * The phases that a process comes to life through, and the gate before each: what a start is told
 * and refused by, whatever starts it. They have one order, and none of them is ever left out.
 */
export const PHASES = Object.freeze(["Φ0", "Φ1", "Φ2", "Φ3", "Φ4", "Φ5"] as const);
export type Phase = (typeof PHASES)[number];

/** The gate before a phase; nothing is asked of the void. */
export const GATES = Object.freeze(["G1", "G2", "G3", "G4", "G5"] as const);
export type Gate = (typeof GATES)[number];

export const PHASE_TITLES: Readonly<Record<Phase, string>> = Object.freeze({
  Φ0: "void",
  Φ1: "physical viability",
  Φ2: "kernel",
  Φ3: "operational reality",
  Φ4: "activation",
  Φ5: "coherence",
});

/** The phase that a gate leads to. */
export function phaseBehind(gate: Gate): Phase {
  return PHASES[GATES.indexOf(gate) + 1] as Phase;
}

/** `3`, `phi3`, `Φ3`, in either case; undefined for what names no phase behind a gate. */
export function phaseNamed(text: string): Phase | undefined {
  const digit = /^(?:phi|\u03c6|\u03a6)?([1-5])$/iu.exec(text)?.[1];
  return digit === undefined ? undefined : PHASES[Number(digit)];
}
