/**
 * The colours and sizes of a picture, for light backgrounds. Meaning is never carried by colour
 * alone: kinds differ in shape, the path in weight and numbers, ways out in dashes
 * and dots.
 */
export const INK = "#1f2328";
export const MUTED = "#656d76";
export const FAINT = "#8c959f";
export const RULE = "#d0d7de";
export const PAPER = "#ffffff";
/** The path taken. */
export const PATH = "#0a58ca";
/** The path taken where it is the fault route, or where the engine chose the outcome. */
export const FAULT = "#b42318";

/** The path of what was cancelled. */
export const CANCEL = "#6639a6";
/** Where an open execution stands. */
export const STANDS = "#9a6700";

export interface Tint {
  readonly line: string;
  readonly fill: string;
}

/** A kind's colours on the path; off the path every kind is drawn in grey. */
export const TINTS = Object.freeze({
  transform: { line: "#0a58ca", fill: "#eaf2ff" },
  effect: { line: "#a15c07", fill: "#fff5e0" },
  external: { line: "#4d6b0f", fill: "#f3f8e4" },
  decide: { line: "#7a3ec8", fill: "#f5edff" },
  await: { line: "#9a3412", fill: "#fff1e8" },
  fork: { line: "#3f4fb5", fill: "#eceefc" },
  undo: { line: "#8a1c5c", fill: "#fdeaf5" },
  call: { line: "#0f766e", fill: "#e3f6f3" },
  exit: { line: "#0a58ca", fill: "#0a58ca" },
  fault: { line: "#b42318", fill: "#b42318" },
  cancel: { line: "#6639a6", fill: "#6639a6" },
} as const satisfies Record<string, Tint>);

export type Look = keyof typeof TINTS;

/** Fixed width, as the drawing takes it: names fit their boxes in whichever of these is there. */
export const FONT = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";
