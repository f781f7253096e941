/**
 * What a governor decides of a case that somebody wrote down: for tables of decisions and for
 * comparing snapshots. It checks first what an intake would, and it runs and records nothing.
 */
import type { DecisionCase } from "../../protocol/language/governance.ts";
import type { Decision } from "../../protocol/language/records.ts";
import type { Governor } from "./governor.ts";
import { denied } from "./subject.ts";

export async function decideCase(governor: Governor, tried: DecisionCase): Promise<Decision> {
  const { principal, tenant, intent, payload } = tried;
  const sealed = governor.intent(intent);
  if (sealed !== undefined) {
    const { compileSchema } = await import("../../protocol/language/json-schema.ts");
    const [misfit] = compileSchema(sealed.payload)(payload) ?? [];
    if (misfit !== undefined) {
      const problem = `${misfit.pointer} ${misfit.message}`.trim();
      return denied(`the payload does not fit: ${problem}`).decision;
    }
  }
  await governor.ready(intent);
  const { name, identity, roles, attributes } = principal;
  const caller = { identity, roles, attributes };
  return governor.decide({ tenant, principal: name, caller, intent, payload }).decision;
}
