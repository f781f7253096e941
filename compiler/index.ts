/** The compiler's door. */
export type { AuthoredTest } from "./authored-tests.ts";
export { CODES, type Code, isCode } from "./codes.ts";
export { type Compilation, type CompileInput, compile } from "./compile.ts";
export { type Counts, exactJson } from "./counts.ts";
export type { Diagnostic, Related, Severity, Span } from "./diagnostic.ts";
export { didYouMean } from "./did-you-mean.ts";
export { type ChangedNames, hasChanges } from "./diff/changed-names.ts";
export { flowLines } from "./diff/flow-lines.ts";
export type { MemberChange } from "./diff/member-changes.ts";
export { compareSnapshots, type SnapshotDiff } from "./diff/snapshot-diff.ts";
export type { BoundsDiff, Breaking, PartDiff, WorkflowDiff } from "./diff/workflow-diff.ts";
export { type DiagnosticJson, diagnosticJson } from "./format/json.ts";
export { formatSarif, type SarifOptions } from "./format/sarif.ts";
export { formatText, type Paint, type TextOptions } from "./format/text.ts";
export { type Locator, locatorIn } from "./locate.ts";
export { type Misstated, misstatedPolicies } from "./misstated.ts";
export type { SealedSnapshot, UndecidedCheck } from "./model.ts";
export type { ExpectedDecision } from "./passes/policy/tables.ts";
export { type Bounds, boundsOf, type Range, type WorkflowBounds } from "./proofs/bounds.ts";
export { type Listing, listPaths } from "./proofs/list-paths.ts";
export { allParts } from "./proofs/part.ts";
export { pathsOf } from "./proofs/paths.ts";
export { type StandIns, standInsOf } from "./proofs/stand-ins.ts";
export { timeText } from "./proofs/time-text.ts";
export { placeNamed, type ToldFlow, tellFlows } from "./proofs/told-flows.ts";
export {
  type ToldCount,
  type ToldPaths,
  type ToldWorkflow,
  tellPaths,
} from "./proofs/told-paths.ts";
export { type ProtocolFiles, protocolFilesIn, protocolFilesOf } from "./protocol-files.ts";
export { type ReadDocument, readDocument } from "./read-document.ts";
export { type Written, writeSnapshot } from "./write-snapshot.ts";
