/** The laws of routing, in the order in which they are held. */
import type { Rule } from "./flow.ts";
import { cycle } from "./routing/cycle.ts";
import { duplicateRow } from "./routing/duplicate-row.ts";
import { idleEmptyRoute } from "./routing/idle-empty-route.ts";
import { idleEngineRoute } from "./routing/idle-engine-route.ts";
import { shadowedRow } from "./routing/shadowed-row.ts";
import { unknownOutcome } from "./routing/unknown-outcome.ts";
import { unknownSuccess } from "./routing/unknown-success.ts";
import { unreachableExit } from "./routing/unreachable-exit.ts";
import { unreachableNode } from "./routing/unreachable-node.ts";
import { unroutedOutcome } from "./routing/unrouted-outcome.ts";

/** Laws that look at one node or one route. */
export const ROUTE_RULES: readonly Rule[] = Object.freeze([
  unroutedOutcome,
  unknownOutcome,
  idleEngineRoute,
  idleEmptyRoute,
  unknownSuccess,
  duplicateRow,
  shadowedRow,
  cycle,
]);

/** Laws about the whole: held once every route is right, for a missing one cuts off what is behind. */
export const REACH_RULES: readonly Rule[] = Object.freeze([unreachableNode, unreachableExit]);
