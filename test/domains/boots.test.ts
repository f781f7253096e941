/** A data root that tells of its starts is told of all of them. */
import { expect, test } from "vitest";
import { compileDomains, DOMAINS, openWorld, payload } from "./compiled.ts";

const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
const ALICE = payload("blockchain", "register-actor");

test("where former starts are on record, none works before its own", async () => {
  const compilation = await compileDomains(DOMAINS);
  const first = await openWorld(compilation);
  expect(await first.boot()).toMatchObject({ kind: "whole" });
  expect(await first.run(WORKFLOW, ALICE)).toMatchObject({ outcome: "SUCCESS" });
  await first.close();

  const later = await openWorld(compilation, { folder: first.folder });
  const run = () => later.run(WORKFLOW, ALICE);
  await expect(run()).rejects.toMatchObject({ code: "runtime/not-booted" });
  expect(await later.boot()).toMatchObject({ kind: "same" });
  expect(await run()).toMatchObject({ outcome: "ALREADY_EXISTS" });
  await later.close();
});
