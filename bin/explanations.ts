/** The paragraphs of all diagnostics, with their examples, as the build gathered them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Io } from "./io.ts";

export interface Explanation {
  /** Markdown. */
  readonly text: string;
  readonly wrong: string | null;
  readonly right: string | null;
}

export function readExplanations(io: Io): ReadonlyMap<string, Explanation> {
  const text = readFileSync(join(io.programFolder, "dist", "explain.json"), "utf8");
  return new Map(Object.entries(JSON.parse(text) as Record<string, Explanation>));
}
