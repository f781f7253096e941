/** Whether a kind of test sees a mistake: its cases are carried out until one of them complains. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Case, inTurn } from "./case.ts";
import { casesOf } from "./families.ts";
import { type Mistake, programWith } from "./mistakes.ts";
import { origins } from "./origins.ts";
import type { Setting } from "./workload.ts";

export interface Caught {
  readonly by: Case;
  readonly complaints: readonly string[];
}

/** The first case that complains; undefined where none of so many does. */
export async function caught(
  mistake: Mistake,
  setting: Setting,
  casesMax: number,
): Promise<Caught | undefined> {
  const scratch = join(setting.scratch, mistake.name.replaceAll(" ", "-"));
  mkdirSync(scratch);
  const program = await programWith(mistake, join(scratch, "program"));
  const wrong = { ...setting, program, scratch };
  const from = (await origins(setting)).filter(({ name }) => name === mistake.origin);
  const cases = await casesOf(mistake.caughtBy, wrong, from);
  for (const by of inTurn(cases).slice(0, casesMax)) {
    const complaints = await by.run();
    if (complaints.length > 0) return { by, complaints };
  }
  return undefined;
}
