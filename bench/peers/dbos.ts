/**
 * The ten steps as a workflow of DBOS on PostgreSQL: eight steps that it checkpoints, two decisions
 * in the workflow's own code, as its documentation asks. The two inserts go to the same database.
 * Its packages are apart, in `dbos/`, and may be missing.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Contender, type Running, Unavailable } from "../contender.ts";
import {
  assemble,
  digest,
  identify,
  isFast,
  isKnownCurrency,
  isUsualSize,
  keepsRules,
  orderOf,
  receipt,
} from "../ten-steps.ts";
import { type Cluster, startCluster } from "./postgres.ts";

/** What is used of `@dbos-inc/dbos-sdk`. */
interface Dbos {
  readonly setConfig: (config: Readonly<Record<string, unknown>>) => void;
  readonly launch: () => Promise<void>;
  readonly shutdown: () => Promise<void>;
  readonly registerWorkflow: <T>(
    workflow: (n: number) => Promise<T>,
    config: { readonly name: string },
  ) => (n: number) => Promise<T>;
  readonly runStep: <T>(
    step: () => T | Promise<T>,
    config: { readonly name: string },
  ) => Promise<T>;
}

/** What is used of `pg`. */
interface Pool {
  readonly query: (
    text: string,
    values?: readonly unknown[],
  ) => Promise<{ readonly rows: readonly { readonly count?: string }[] }>;
  readonly end: () => Promise<void>;
}
type Pg = { readonly Pool: new (options: { connectionString: string; max: number }) => Pool };

const CONNECTIONS = 20;
const TABLES = `
  CREATE TABLE orders (id TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE events (position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event TEXT NOT NULL);
`;

function workflowOf(dbos: Dbos, pool: Pool) {
  const step = <T>(name: string, body: () => T | Promise<T>) => dbos.runStep(body, { name });
  const insertOrder = "INSERT INTO orders VALUES ($1, $2) ON CONFLICT DO NOTHING";
  const insertEvent = "INSERT INTO events (event) VALUES ($1)";
  return async (n: number): Promise<string> => {
    const order = orderOf(n);
    const orderId = await step("identify", () => identify(order));
    const isKnown = await step("known_currency", () => isKnownCurrency(order));
    if (!isKnown || !isUsualSize(order)) return "";
    if (!(await step("within_rules", () => keepsRules(order)))) return "";
    const record = await step("assemble", () => assemble(order, orderId));
    const recordDigest = await step("digest", () => digest(record));
    await step("store", async () => {
      const value = JSON.stringify({ order, digest: recordDigest });
      await pool.query(insertOrder, [orderId, value]);
    });
    const priority = isFast(order) ? "fast" : "normal";
    await step("announce", async () => {
      const event = { type: "ORDER_ACCEPTED", order_id: orderId, priority };
      await pool.query(insertEvent, [JSON.stringify(event)]);
    });
    return step("receipt", () => receipt(orderId, recordDigest));
  };
}

export const dbos: Contender = {
  name: "DBOS 5.3.0 on PostgreSQL",
  note: "a checkpoint a step, inserts beside it; PostgreSQL groups commits",
  open: async (place): Promise<Running> => {
    const packages = place.dbos;
    if (!existsSync(join(packages, "node_modules", "@dbos-inc", "dbos-sdk"))) {
      throw new Unavailable("its packages are not there: npm --prefix bench/dbos ci");
    }
    const load = createRequire(join(packages, "package.json"));
    const cluster = await startCluster(place.folder, packages);
    return opened(cluster, load("@dbos-inc/dbos-sdk").DBOS, load("pg"));
  },
};

async function opened(cluster: Cluster, engine: Dbos, { Pool }: Pg): Promise<Running> {
  const first = new Pool({ connectionString: cluster.url("postgres"), max: 1 });
  await first.query("CREATE DATABASE orders");
  await first.end();
  const pool = new Pool({ connectionString: cluster.url("orders"), max: CONNECTIONS });
  await pool.query(TABLES);
  engine.setConfig({
    name: "bench",
    systemDatabaseUrl: cluster.url("orders"),
    systemDatabasePoolSize: CONNECTIONS,
    logLevel: "error",
    enableOTLP: false,
  });
  const workflow = engine.registerWorkflow(workflowOf(engine, pool), { name: "accept_order" });
  await engine.launch();
  const counted = async (text: string) => Number((await pool.query(text)).rows[0]?.count);
  return {
    execute: async (n) => {
      if ((await workflow(n)) === "") throw new Error(`order ${n} was not accepted`);
    },
    flushes: () => counted("SELECT wal_sync AS count FROM pg_stat_wal"),
    elsewhere: {
      bytes: () => counted("SELECT pg_current_wal_insert_lsn() - '0/0' AS count"),
      cpuMicros: cluster.cpuMicros,
    },
    close: async () => {
      const stored = await counted("SELECT count(*) AS count FROM orders");
      await engine.shutdown();
      await pool.end();
      await cluster.stop();
      return stored;
    },
  };
}
