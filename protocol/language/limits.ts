/**
 * Every bound of the system, in one place. Checked where input enters, where artifacts are
 * compiled, where snapshots and ledgers are opened, and where the machine relies on them. The
 * relations between them are asserted when this file loads.
 */
import { invariant } from "./invariant.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = Object.freeze({
  /** A YAML file. */
  sourceBytesMax: 1 * MIB,
  /** YAML files of one workspace. */
  sourceFilesMax: 20_000,
  /** Nesting of a YAML document, counted on tokens before anything is built. */
  sourceDepthMax: 64,
  /** Keys, values and collections of one YAML document. */
  documentValuesMax: 50_000,
  /** A pattern as written, and the steps of the program that the linear-time engine makes of it. */
  patternCharsMax: 1_024,
  patternStepsMax: 5_000,
  /** Patterns of `patternProperties` in one schema. */
  namePatternsMax: 64,
  /** Values in a JSON Schema after every `$ref` was replaced by what it names. */
  schemaValuesMax: 20_000,
  /** Schemas within schemas after every `$ref` was replaced by what it names. */
  schemaDepthMax: 128,
  /** Nodes of a workflow as written. */
  workflowNodesMax: 1_000,
  /** Nodes of a graph after every call was inlined. */
  graphNodesMax: 10_000,
  /** Calls within calls; what `map` and `parallel` run is called, too. */
  callDepthMax: 16,
  /** `map` and `parallel` within each other. */
  forkDepthMax: 8,
  /** Items of one `map`, and how many of them run at a time. */
  mapItemsMax: 1_000_000,
  mapConcurrencyMax: 1_000,
  /** Branches of one `parallel`. */
  branchesMax: 64,
  /** Items and branches that may be under way at a time in one execution, forks within forks multiplied. */
  liveBranchesMax: 10_000,
  /** Rows of a decision table. */
  decisionRowsMax: 256,
  /** Outcomes of a contract. */
  outcomesMax: 64,
  /** Operations of a contract of calls to the outside. */
  operationsMax: 64,
  /** How long one call to the outside may take. */
  externalTimeoutMsMax: 60 * 60 * 1_000,
  /** How long an execution may wait at one node: ten years. */
  waitMsMax: 3_650 * 24 * 60 * 60 * 1_000,
  /** The time of a budget: as many of the longest waits as a workflow has nodes. */
  budgetMsMax: 3_650_000 * 24 * 60 * 60 * 1_000,
  /** Signals that one node waits for, and people of whom one signal is asked. */
  signalsMax: 32,
  signalPeopleMax: 16,
  /** Attempts of one call to the outside, the first one counted, and the wait between two of them. */
  attemptsMax: 100,
  retryWaitMsMax: 24 * 60 * 60 * 1_000,
  retryFactorMax: 100,
  /** Paths of a workflow that are listed at a time. */
  pathsListedMax: 1_000,
  /** A name of a node, exit or outcome. */
  nameCharsMax: 64,
  /** A payload as it comes in. */
  payloadBytesMax: 1 * MIB,
  /** Nesting of any JSON that comes in. */
  jsonDepthMax: 64,
  /** A member name of any JSON that comes in. */
  jsonKeyCharsMax: 1_024,
  /** Values in any JSON that comes in. */
  jsonValuesMax: 200_000,
  /** A key of a registry or document store. */
  storeKeyBytesMax: 512,
  /** Events that one READ returns. */
  streamReadMax: 1_000,
  /** A record of the ledger, newline included. */
  recordBytesMax: 8 * MIB,
  /** A value inside a record: an output, a result, what an effect writes. */
  valueBytesMax: 2 * MIB,
  /** Nesting of a value inside a record. */
  valueDepthMax: 128,
  /** What sealing adds to a value, at most: its key's name, its digests, its padding. */
  sealedValueBytes: 512,
  /** A segment of the ledger, beyond which the next one is begun. */
  segmentBytesMax: 64 * MIB,
  /** A last segment up to this size is verified whole whenever a writer starts. */
  recheckBytesMax: 256 * KIB,
  /** A file of a snapshot. */
  snapshotFileBytesMax: 64 * MIB,
  /** Nesting of a snapshot's file. */
  snapshotDepthMax: 512,
  /** Items of any one list in a snapshot's file. */
  snapshotItemsMax: 200_000,
  /** Files of a snapshot. */
  snapshotFilesMax: 40_000,
  /** Values that one plural path may visit. */
  queryVisitsMax: 100_000,
  /** Compiled JSON Schemas that the compiler keeps at a time. */
  validatorsMax: 20_000,
  /** What the proof of one fit may cost, in conjuncts looked at. */
  proofStepsMax: 10_000,
  /** Different things that the paths to one node may have done, as the proof of one invariant sees them. */
  proofWaysMax: 4_096,
  /** Names that one pass looks at for suggestions. */
  suggestionNamesMax: 1_000_000,
  /** A path as written. */
  pathCharsMax: 1_024,
  /** Steps of a path. */
  pathStepsMax: 64,
  /** Statements of Cedar in one policy. */
  policyStatementsMax: 256,
  /** Brackets within brackets of one statement. */
  policyNestingMax: 32,
  /** Operators of one statement, brackets and members included: each may be a level of its own. */
  policyOperatorsMax: 200,
  /** Objects within objects that policies see of a payload. */
  policyDepthMax: 32,
  /** A token that somebody shows, as text. */
  tokenBytesMax: 16 * KIB,
  /** A file of public keys, and how many it may hold. */
  keyFileBytesMax: 256 * KIB,
  issuerKeysMax: 64,
  /** Bits of an RSA key, at least and at most. */
  rsaBitsMin: 2_048,
  rsaBitsMax: 16_384,
  /** Roles, and attributes, of one principal; levels within one attribute. */
  rolesMax: 64,
  attributesMax: 64,
  attributeDepthMax: 8,
  /** How long a session may last. */
  sessionSecondsMax: 30 * 24 * 60 * 60,
  /** A trace id. */
  traceIdCharsMax: 127,
  /** Why an execution is cancelled, in words. */
  cancelReasonCharsMax: 1_000,
});

invariant(
  LIMITS.recordBytesMax >= 4 * LIMITS.payloadBytesMax,
  "a record must hold a payload whose every character is escaped",
);
invariant(
  LIMITS.recordBytesMax >= 2 * Math.ceil((4 / 3) * LIMITS.valueBytesMax) + LIMITS.payloadBytesMax,
  "a record must hold a value and an output whose every byte is sealed",
);
invariant(LIMITS.valueDepthMax >= 2 * LIMITS.jsonDepthMax, "a payload must fit inside a value");
invariant(
  LIMITS.snapshotDepthMax >= 2 * (LIMITS.policyOperatorsMax + LIMITS.policyNestingMax) + 16,
  "every statement that is compiled must fit a snapshot's file, as data",
);
invariant(
  LIMITS.mapConcurrencyMax <= LIMITS.liveBranchesMax &&
    LIMITS.branchesMax <= LIMITS.liveBranchesMax,
  "one fork must fit what may be under way at a time",
);
invariant(LIMITS.forkDepthMax <= LIMITS.callDepthMax, "what a fork runs is a call within a call");
invariant(LIMITS.workflowNodesMax <= LIMITS.graphNodesMax, "a workflow must fit its own graph");
