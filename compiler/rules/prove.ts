/** The laws of prove, in the order in which they are held. */
import type { ProtocolRule, Rule } from "./flow.ts";
import { branchesCollide } from "./prove/branches-collide.ts";
import { faultEndsInSuccess } from "./prove/fault-ends-in-success.ts";
import { faultLooksLikeExit } from "./prove/fault-looks-like-exit.ts";
import { faultSaysSuccess } from "./prove/fault-says-success.ts";
import { idleNode } from "./prove/idle-node.ts";
import { lostUpdate } from "./prove/lost-update.ts";
import { partialSaysSuccess } from "./prove/partial-says-success.ts";
import { refusedWriteSaysSuccess } from "./prove/refused-write-says-success.ts";
import { resultsDiffer } from "./prove/results-differ.ts";
import { storeLabelsDiffer } from "./prove/store-labels-differ.ts";
import { storeValuesDiffer } from "./prove/store-values-differ.ts";

/** Laws about one workflow. */
export const WORKFLOW_RULES: readonly Rule[] = Object.freeze([
  faultSaysSuccess,
  faultLooksLikeExit,
  faultEndsInSuccess,
  refusedWriteSaysSuccess,
  partialSaysSuccess,
  resultsDiffer,
  idleNode,
  lostUpdate,
]);

/** Laws about all workflows together. */
export const PROTOCOL_RULES: readonly ProtocolRule[] = Object.freeze([
  storeValuesDiffer,
  storeLabelsDiffer,
  branchesCollide,
]);
