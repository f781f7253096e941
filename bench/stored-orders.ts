/** Counts what stands in a data root's registries, by another SQLite connection than the runtime's. */
import Database from "libsql";

export function storedOrders(dataRoot: string): number {
  return counted(dataRoot, "SELECT count(*) AS count FROM registry");
}

/** Of one registry, `domain/store`. */
export function storedIn(dataRoot: string, store: string): number {
  return counted(dataRoot, "SELECT count(*) AS count FROM registry WHERE store = ?", store);
}

function counted(dataRoot: string, query: string, ...values: readonly string[]): number {
  const database = new Database(`${dataRoot}/state.db`, { readonly: true });
  const row = database.prepare(query).get(...values) as { count: number };
  database.close();
  return row.count;
}
