/** Nobody can be written down whom the ledger's readers would not take: the runtime refuses first. */
import { expect, test } from "vitest";
import { during, freshRoot, recordsOf } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { snapshot } from "./recorded-root.ts";

test.each([
  ["tenant", { tenant: "../x" }],
  ["tenant", { tenant: "_genesis" }],
  ["principal", { principal: "post_office" }],
  ["principal", { principal: "two words" }],
  ["roles", { roles: ["Chief Registrar"] }],
  ["attributes", { attributes: { identity: "runtime" } }],
])("an operator with an odd `%s` opens nothing", async (member, odd) => {
  const root = freshRoot();
  const submit = (more: object) =>
    during(root, (runtime) => runtime.submit({ workflow: REGISTER, payload: { name: "Ada" } }), {
      snapshot,
      ...more,
    });
  await expect(submit(odd)).rejects.toMatchObject({ code: `operator/bad-${member}` });
  await submit({});
  expect(recordsOf(root).at(-1)).toMatchObject({ type: "closed" });
});
