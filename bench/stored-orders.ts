/** Counts the orders in a data root's state, by another SQLite connection than the runtime's. */
import Database from "libsql";

export function storedOrders(dataRoot: string): number {
  const database = new Database(`${dataRoot}/state.db`, { readonly: true });
  const row = database.prepare("SELECT count(*) AS count FROM registry").get() as {
    count: number;
  };
  database.close();
  return row.count;
}
