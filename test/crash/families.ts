/**
 * The families of cases, each from every origin: what the script carries out whole and the tests in
 * samples.
 */
import type { Case } from "./case.ts";
import type { Origin } from "./origins.ts";
import { powerCuts, powerCutsAfter } from "./power-cuts.ts";
import { shortWrites } from "./short-writes.ts";
import { sweep } from "./sweep.ts";
import type { Setting } from "./workload.ts";

export type FamilyName =
  | "sweep"
  | "short"
  | "cut"
  | "eio-then-cut"
  | "kill-then-cut"
  | "eio-kill-then-cut";

type Family = (setting: Setting, origin: Origin) => Promise<readonly Case[]>;

export const FAMILIES: Readonly<Record<FamilyName, Family>> = Object.freeze({
  sweep,
  short: shortWrites,
  cut: powerCuts,
  "eio-then-cut": (setting, origin) => powerCutsAfter("eio", setting, origin),
  "kill-then-cut": (setting, origin) => powerCutsAfter("kill", setting, origin),
  "eio-kill-then-cut": (setting, origin) => powerCutsAfter("eio-kill", setting, origin),
});

/** Some cases of a family are made from one origin at a time: their ids name it. */
export async function casesOf(
  family: FamilyName,
  setting: Setting,
  origins: readonly Origin[],
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const origin of origins) cases.push(...(await FAMILIES[family](setting, origin)));
  return cases;
}
