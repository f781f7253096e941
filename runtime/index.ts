/** The runtime's door: what commands and hosts may use. It has no logic. */
export { type Answer, isWaiting, type WaitingAnswer } from "./answer.ts";
export { readyGovernors } from "./evidence/decision-check.ts";
export { examine } from "./evidence/examine.ts";
export { examinationText, problemLine } from "./evidence/examine-text.ts";
export { type Impact, impact } from "./evidence/impact.ts";
export { type LedgerSource, recordsIn } from "./evidence/ledger-source.ts";
export { list, listBoots, listRefusals, listWaiting, type WaitingRow } from "./evidence/list.ts";
export { lengthOf, type NextWait, nextWait, type Tried } from "./evidence/next-wait.ts";
export { type PrefixVerdict, prefixVerdict } from "./evidence/prefix.ts";
export { linesOfFile } from "./evidence/raw-lines.ts";
export { isBroken, isOpen, readTrace } from "./evidence/read-trace.ts";
export { type Rebuilt, rebuild } from "./evidence/rebuild.ts";
export {
  type Replay,
  type ReplayMode,
  type ReplaySource,
  replayEvents,
  replayFull,
  replayState,
} from "./evidence/replay.ts";
export { type Saga, type SagaStep, sagaOf } from "./evidence/saga.ts";
export { isSeenBy } from "./evidence/seen-by.ts";
export { traceInLedger } from "./evidence/trace-in-ledger.ts";
export { type Conforming, type Verification, verify } from "./evidence/verify.ts";
export { standingLine } from "./evidence/waits-text.ts";
export type { Booted, BootOptions } from "./genesis/boot-options.ts";
export { atGate, type Check, type PhaseReport } from "./genesis/check.ts";
export { issuerKeysFound } from "./genesis/kernel.ts";
export { type Rising, rise, type Subsystem } from "./genesis/rise.ts";
export { gatesOf } from "./genesis/run-gates.ts";
export { type Site, systemSite } from "./genesis/site.ts";
export type { Alive, Settings, Start } from "./genesis/start.ts";
export { SUBSYSTEMS } from "./genesis/subsystems.ts";
export { requireOwner, requireWorkspace } from "./genesis/viability.ts";
export type { IdentitySettings, KeyFile } from "./identity/settings.ts";
export { requireKnown } from "./known-work.ts";
export { lastSegment } from "./ledger/segments.ts";
export { exposition, type Family } from "./metrics/exposition.ts";
export { familiesOf } from "./metrics/families.ts";
export {
  type Finding,
  type Health,
  healthOf,
  NO_ROOM,
  type WorkflowHealth,
} from "./metrics/health.ts";
export { type Vitals, type VitalsOptions, vitalsOf } from "./metrics/vitals.ts";
export type { Moved } from "./migrate.ts";
export { openRuntime } from "./open-runtime.ts";
export type { Holder } from "./owner.ts";
export { decideCase } from "./policy/decide.ts";
export { type Asked, type Governor, governorOf, type Ruled } from "./policy/governor.ts";
export type { Clock, Entropy, ExecutionRow, Files, Snapshot } from "./ports.ts";
export type { Deliveries } from "./post/post-office.ts";
export type { RouteStanding } from "./post/route.ts";
export { subscribersIn } from "./post/subscribers.ts";
export { programsOf } from "./programs.ts";
export type { Runtime } from "./runtime.ts";
export {
  type Cancel,
  type ClosedExecution,
  type Ports,
  type Recovery,
  type RuntimeOptions,
  type Signal,
  SYSTEM_PORTS,
  type Woken,
  type Work,
} from "./runtime-options.ts";
export type { Retried } from "./saga-retry.ts";
export { openVault } from "./sealing/vault.ts";
export { readCredential } from "./sessions/credential.ts";
export {
  type KnownSession,
  sessionOf,
  sessionsOf,
  tenantOfHolder,
} from "./sessions/known-sessions.ts";
export type { EndedSession, OpenedSession } from "./sessions/sessions.ts";
export type { Signalled } from "./signal.ts";
export { openSnapshot, resolveSnapshot, verifySnapshot } from "./snapshot.ts";
export { renderPng } from "./traces/png.ts";
export { projectTrace, underOf, writeProjection } from "./traces/project.ts";
export { standingOf } from "./traces/standing.ts";
export {
  type Trial,
  type TrialAnswer,
  type TrialAsk,
  type TryOut,
  trialsOf,
} from "./trial/trial.ts";
