/**
 * Who decides what may be done under one snapshot: its sealed intents and policies, made ready once
 * and asked for every execution. A decision is a pure function of what is asked; nothing is read
 * elsewhere. What nobody permits is denied, and so is whatever cannot be evaluated.
 */
import { ACTS } from "../../protocol/language/acts.ts";
import type {
  GovernedWorkflow,
  SealedGovernance,
  SealedIntent,
} from "../../protocol/language/governance.ts";
import type { Asked, Ruled } from "./asked.ts";
import { memoised } from "./memo.ts";
import { denied, type Subject, subjectOf, type Told } from "./subject.ts";

export type { Asked, Ruled };

export interface Governor {
  /**
   * Loads what deciding takes: validators, for an intent that requires attributes, and nothing for
   * all others. To be awaited once before such an intent is decided.
   */
  readonly ready: (type: string) => Promise<void>;
  readonly decide: (asked: Asked) => Ruled;
  /** Undefined for a type that the snapshot has no intent of. */
  readonly intent: (type: string) => SealedIntent | undefined;
  /** All types of intents, sorted. */
  readonly types: readonly string[];
  /** The attributes of who asks that some intent requires: policies can see no others. */
  readonly sight: ReadonlySet<string>;
  /** What policies see of a workflow; undefined for one that the snapshot has not. */
  readonly workflow: (name: string) => GovernedWorkflow | undefined;
}

/** The governor of a snapshot; of one that was sealed without policies it denies everything. */
export function governorOf(governance: SealedGovernance | undefined): Governor {
  const intents = new Map(governance?.intents.intents.map((one) => [one.type, one]));
  const workflows = new Map(
    governance?.intents.workflows.map((one) => [one.workflow as string, one]),
  );
  const shape = governance?.policies.cedar[""].entityTypes.Principal.shape;
  const subjects = new Map<string, Subject | undefined>();
  const find = (type: string): Subject | undefined => {
    if (governance === undefined) return undefined;
    if (subjects.has(type)) return subjects.get(type);
    // Names that nobody knows are as many as anybody likes to ask for.
    if (!intents.has(type) && !isAct(type)) return undefined;
    const subject = subjectOf(type, governance);
    subjects.set(type, subject);
    return subject;
  };
  return Object.freeze({
    ready: async (type: string) => find(type)?.ready(),
    decide: memoised((asked) => {
      const subject = find(asked.intent);
      return subject === undefined ? unknown(asked.intent, governance) : subject.decide(asked);
    }),
    intent: (type: string) => intents.get(type),
    types: Object.freeze([...intents.keys()]),
    sight: new Set(Object.keys(shape?.attributes ?? {})),
    workflow: (name: string) => workflows.get(name),
  });
}

function isAct(type: string): boolean {
  return ACTS.some((act) => act.type === type);
}

/** Nothing that could permit it was sealed. */
function unknown(type: string, governance: SealedGovernance | undefined): Told {
  if (governance === undefined) return denied("the snapshot was sealed without policies");
  if (isAct(type)) return denied(`the snapshot was sealed before there was \`${type}\``);
  return denied(`there is no intent \`${type}\``);
}
