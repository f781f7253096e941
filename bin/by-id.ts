/**
 * What documents call a trace: `trace_id` is its id, and `trace` the path of its file, wherever either
 * is told. Records, which are no documents of ours, keep the words of the ledger.
 */
export function byId<T extends { readonly trace?: unknown }>({
  trace,
  ...rest
}: T): Omit<T, "trace"> & { readonly trace_id?: T["trace"] } {
  return trace === undefined ? rest : { trace_id: trace, ...rest };
}
