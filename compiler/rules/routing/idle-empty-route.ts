/** What happens with an empty list is said only where the list may be empty. */
import { diagnose } from "../../diagnostic.ts";
import { EMPTY } from "../../outcomes.ts";
import { placeOf, type Rule } from "../flow.ts";

export const idleEmptyRoute: Rule = (flow) =>
  flow.nodes
    .filter(({ typed, routes }) => typed.neverEmpty === true && routes.has(EMPTY))
    .map(({ name }) => {
      const place = placeOf(flow, ["nodes", name, "on", EMPTY], "key");
      return diagnose("routing/idle-empty-route", place, { node: name });
    });
