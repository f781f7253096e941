/** What was counted of a data root, as metrics with names, units and help. */
import type { Labelled } from "./counter.ts";
import type { Family } from "./exposition.ts";
import type { Vitals } from "./vitals.ts";

export function familiesOf(vitals: Vitals, nowMs: number): readonly Family[] {
  return [
    ...executions(vitals),
    ...outside(vitals),
    ...askers(vitals, nowMs),
    ...deliveries(vitals),
    ...ledger(vitals),
    ...state(vitals),
  ];
}

function executions({ tally }: Vitals): readonly Family[] {
  const open = new Map<string, Labelled>();
  for (const { workflow, intent } of tally.open.values()) {
    const key = `${workflow} ${intent}`;
    const value = (open.get(key)?.value ?? 0) + 1;
    open.set(key, { labels: { workflow, intent }, value });
  }
  return [
    counter("executions_opened", "Executions that were begun.", tally.opened.rows()),
    counter("executions_closed", "Executions that ended, by outcome.", tally.closed.rows()),
    counter(
      "executions_faulted",
      "Executions that ended on the fault route.",
      tally.faulted.rows(),
    ),
    counter("executions_cancelled", "Executions that somebody ended.", tally.cancelled.rows()),
    gauge("executions_open", "Executions that have not ended.", [...open.values()]),
    {
      name: "pgs_execution_duration_seconds",
      help: "From the record that opens an execution to the one that closes it.",
      type: "histogram",
      samples: tally.durations.rows(),
    },
  ];
}

function outside({ tally }: Vitals): readonly Family[] {
  return [
    counter("effects", "Effects on stores, by outcome.", tally.effects.rows()),
    counter("calls_attempted", "Calls to the outside that were announced.", tally.attempts.rows()),
    counter("calls", "Calls to the outside, by what came of them.", tally.calls.rows()),
    counter(
      "engine_outcomes",
      "Nodes that ended as no author routes.",
      tally.engineOutcomes.rows(),
    ),
  ];
}

function askers({ tally }: Vitals, nowMs: number): readonly Family[] {
  const active = [...tally.sessions.values()].filter(({ expiresMs }) => expiresMs > nowMs);
  return [
    counter("refused", "Work that somebody who is known may not do.", tally.refused.rows()),
    counter("sessions_opened", "Sessions that were opened.", tally.sessionsOpened.rows()),
    counter("sessions_ended", "Sessions that were ended in time.", tally.sessionsEnded.rows()),
    gauge("sessions_active", "Sessions that are neither ended nor expired.", only(active.length)),
  ];
}

function deliveries({ tally }: Vitals): readonly Family[] {
  return [
    counter(
      "deliveries",
      "Executions that a subscription asked for, by its stream.",
      tally.deliveries.rows(),
    ),
    counter(
      "deliveries_refused",
      "Events that a subscription asked for nothing with, as it was refused.",
      tally.deliveriesRefused.rows(),
    ),
  ];
}

const MS_IN_SECOND = 1_000;

function ledger({ tally, segments, bytes, torn, faults }: Vitals): readonly Family[] {
  const atSeconds = tally.lastAt === "" ? 0 : Date.parse(tally.lastAt) / MS_IN_SECOND;
  return [
    counter("ledger_records", "Records of the ledger, by type.", tally.records.rows()),
    counter("boots", "Starts through all gates: whole, or like one before.", tally.boots.rows()),
    gauge(
      "ledger_holds",
      "1 where every record that was read holds.",
      only(Number(faults.length === 0)),
    ),
    gauge("ledger_bytes", "Bytes of all segments.", only(bytes)),
    gauge("ledger_segments", "Files of the ledger.", only(segments)),
    gauge("ledger_torn_bytes", "Bytes behind the last record.", only(torn)),
    counter("ledger_cut_bytes", "Bytes of torn tails that were cut off.", only(tally.cutBytes)),
    gauge("ledger_last_record_timestamp_seconds", "The time of the last record.", only(atSeconds)),
    gauge("epoch", "Starts of a writer that wrote.", only(tally.epoch)),
  ];
}

function state({ tally, applied, roomBytes }: Vitals): readonly Family[] {
  const lag = Math.max(0, tally.last - applied);
  return [
    gauge("state_applied_records", "Records that the state has applied.", only(applied)),
    gauge("state_lag_records", "Records that the state has not applied yet.", only(lag)),
    gauge("room_bytes", "Bytes that can still be written beside the ledger.", only(roomBytes)),
  ];
}

function only(value: number): readonly Labelled[] {
  return [{ labels: {}, value }];
}

function counter(what: string, help: string, samples: readonly Labelled[]): Family {
  return { name: `pgs_${what}_total`, help, type: "counter", samples };
}

function gauge(what: string, help: string, samples: readonly Labelled[]): Family {
  return { name: `pgs_${what}`, help, type: "gauge", samples };
}
