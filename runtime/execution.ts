/**
 * One execution on a data root: its journal, and the host that acts for it live. Records are sealed
 * here, on their way into the ledger; the machine works on clear values and the state keeps sealed
 * ones. It writes nothing but through the ledger.
 */
import type { Capabilities } from "../protocol/language/capabilities.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";
import {
  isStep,
  type LedgerRecord,
  type OpenedBody,
  type RecordBody,
  type StepBody,
} from "../protocol/language/records.ts";
import { type Driven, drive, type Host, type Standing } from "./driver.ts";
import { type Fingerprint, fingerprintFrom, isHappened } from "./fingerprint.ts";
import { invoke } from "./invoke.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { sealedOutside } from "./machine/places.ts";
import type {
  Answer,
  CommitCommand,
  Fact,
  FinishCommand,
  RecordCommand,
} from "./machine/program.ts";
import { type Sealer, sealerOf } from "./sealing/sealer.ts";
import type { Vault } from "./sealing/vault.ts";
import { decide } from "./state/decide.ts";
import type { Overlay } from "./state/overlay.ts";

/** What all executions of a runtime share. */
export interface World {
  readonly ledger: Ledger;
  readonly state: Overlay;
  readonly vault: Vault;
  readonly capabilities: Capabilities;
}

/**
 * The records of one trace as they are made. `lines` as they stand in the ledger, each from when it is
 * about to be written.
 */
export interface Journal {
  readonly trace: string;
  readonly records: LedgerRecord[];
  readonly lines: Uint8Array[];
  /** Nobody will ask for the lines that are written from now on. */
  readonly lineless?: boolean;
  /** Of how many records only the outlines are kept, and what the fingerprint is of them. */
  outlined?: { readonly upTo: number; readonly fingerprint: Fingerprint };
}

/** Appends a record to ledger, state and journal; durable with the next flush. */
export function write<Body extends RecordBody>(
  world: World,
  journal: Journal,
  body: Body,
): LedgerRecord & Body {
  const record = world.ledger.append(
    journal.trace,
    body,
    journal.lineless === true ? undefined : journal.lines,
  );
  world.state.note(record);
  journal.records.push(record);
  return record as LedgerRecord & Body;
}

/** A record's body as it may be written: labelled places sealed. */
export function sealedBody(
  { body, sealOutput, sealValue }: RecordCommand,
  sealer: Sealer,
  /** The output as the state holds it, where it came from there. */
  stored: Json | undefined,
): RecordCommand["body"] {
  if (body.type === "cancelled" || body.type === "timer") return body;
  const isClear = sealOutput.length === 0 && sealValue.length === 0;
  // What came from the state as it is told was not sealed there, either.
  if (isClear && (stored === undefined || stored === outputOf(body))) return body;
  const sealed: { output?: Json; value?: Json; input?: Json; payload?: Json } = {};
  if (body.type === "attempted") {
    sealed.input = sealer.seal(body.input, sealValue, `${body.node}/input`);
    return Object.assign({}, body, sealed);
  }
  if (body.type === "signal") {
    sealed.payload = sealer.seal(body.payload, sealValue, `${body.node}/${body.signal}/payload`);
    return Object.assign({}, body, sealed);
  }
  if (body.output !== undefined) {
    sealed.output = sealer.seal(stored ?? body.output, sealOutput, `${body.node}/output`);
  }
  if (body.type === "effect" && body.value !== undefined && sealValue.length > 0) {
    // Under the name that it had as part of the operation's input: the same value, the same bytes.
    const member = body.operation === "APPEND" ? "event" : "value";
    sealed.value = sealer.seal(body.value, sealValue, `${body.node}/${member}`);
  }
  return Object.assign({}, body, sealed);
}

function outputOf(body: RecordCommand["body"]): Json | undefined {
  return "output" in body ? body.output : undefined;
}

/** So many records are written before they are flushed, and others have their turn. */
const BREATH_RECORDS = 1_024;

/** Answers from the capabilities and the state, and writes every record to the ledger. */
export function liveHost(world: World, journal: Journal, opened: OpenedBody): Host {
  const { tenant } = opened;
  const sealer = sealerOf(world.vault, tenant, journal.trace);
  let stored: Json | undefined;
  let written = 0;
  return {
    invoke: (command) => invoke(world.capabilities, command),
    commit(command) {
      const committed = commit(world, tenant, { command, sealer });
      stored = committed.stored;
      return committed.answer;
    },
    record(command) {
      write(world, journal, sealedBody(command, sealer, stored));
      stored = undefined;
      written += 1;
    },
    breathes() {
      if (written < BREATH_RECORDS) return false;
      written = 0;
      return true;
    },
    arm: () => world.ledger.now(),
    // The outside takes its time, and so does time: whoever drives waits for them, once what was
    // written before is durable.
    next: () => undefined,
  };
}

/** Opened, it would go on in the clear: its label was lost between two contracts of the store. */
const UNMARKED = Object.freeze({
  code: "fault/unmarked-label",
  message: "the store gives back a labelled value at a place where this contract marks none",
});

/** What an effect comes to; the record of it, made next, is what changes the state. */
function commit(
  world: World,
  tenant: string,
  { command, sealer }: { readonly command: CommitCommand; readonly sealer: Sealer },
): { readonly answer: Answer; readonly stored?: Json } {
  const { store, operation, sealInput, name } = command;
  const input = sealer.seal(command.input, sealInput, name) as JsonObject;
  const { outcome, output } = decide(world.state, { tenant, store, operation, input });
  if (sealedOutside(output, command.seal[outcome] ?? [])) return { answer: { fault: UNMARKED } };
  const opened = sealer.open(output);
  if ("erased" in opened) {
    const keys = [...new Set(opened.erased)].map((key) => `\`${key}\``).join(", ");
    const message = `a value was erased: the key ${keys} does not open it`;
    return { answer: { fault: { code: "fault/erased", message } } };
  }
  return { answer: { outcome, output: opened.value }, stored: output };
}

/** An execution under way, from the record that opened it on. */
export interface Course extends Driven {
  readonly journal: Journal;
}

/**
 * Drives an execution as far as it goes without waiting: to its end, whose record is then written,
 * or to where answers take time or it takes a breath, which is given. Without a fact: from a breath on.
 */
export function advance(
  world: World,
  course: Course,
  from: Standing,
  fact?: Fact,
): Standing | undefined {
  const pause = drive(course, from, fact);
  if (pause.kind === "pending") return pause;
  writeEnd(world, course.journal, pause.command);
  return undefined;
}

function addTo(fingerprint: Fingerprint, records: readonly LedgerRecord[], from: number): void {
  for (let at = from; at < records.length; at += 1) {
    const record = records[at];
    if (record !== undefined && isHappened(record)) fingerprint.add(record);
  }
}

/**
 * Keeps of a journal's steps no more than answers and those who are told of its end look at, where
 * nobody asks for the rest: all of them are on the disk, and are read there. The fingerprint is taken
 * of them first.
 */
export function outline(journal: Journal): void {
  const { records, lineless, outlined } = journal;
  const [first] = records;
  if (lineless !== true || first?.type !== "opened") return;
  const { upTo, fingerprint } = outlined ?? { upTo: 0, fingerprint: fingerprintFrom(first) };
  addTo(fingerprint, records, upTo);
  for (let at = upTo; at < records.length; at += 1) {
    const record = records[at];
    if (record !== undefined && isStep(record)) records[at] = outlineOf(record);
  }
  journal.outlined = { upTo: records.length, fingerprint };
}

function outlineOf(record: LedgerRecord & StepBody): LedgerRecord {
  const { n, trace, seq, type, node, outcome, to } = record;
  if (type !== "effect") return { n, trace, seq, type, node, outcome, to } as LedgerRecord;
  const { tenant, store, operation } = record;
  return { n, trace, seq, type, node, outcome, to, tenant, store, operation } as LedgerRecord;
}

function writeEnd(world: World, journal: Journal, finish: FinishCommand): void {
  const [first] = journal.records;
  invariant(first?.type === "opened", "a trace begins with the record that opens it");
  const sealer = sealerOf(world.vault, first.tenant, first.trace);
  const { upTo, fingerprint } = journal.outlined ?? {
    upTo: 0,
    fingerprint: fingerprintFrom(first),
  };
  addTo(fingerprint, journal.records, upTo);
  write(world, journal, {
    type: "closed",
    exit: finish.exit,
    outcome: finish.outcome,
    result: sealer.seal(finish.result, finish.seal, "result"),
    fault: finish.fault,
    records: journal.records.length + 1,
    fingerprint: fingerprint.digest(),
  });
}

/** What the machine is told at the beginning; the payload in the clear. */
export function acceptedFact(
  { trace, tenant, principal, session, started_at, caller }: LedgerRecord & OpenedBody,
  payload: Json,
): Fact & { readonly kind: "accepted" } {
  const context = Object.freeze({ trace_id: trace, tenant, principal, session, started_at });
  return { kind: "accepted", payload, context, identity: caller.identity };
}
