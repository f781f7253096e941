/**
 * The machine that the numbers were taken on, as far as it explains them: processor, Node, file
 * system, and how busy it was with other work when the run began and ended. No name of the machine
 * and no path of it is told.
 */
import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

export interface Host {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly fileSystem: string;
  /** The commit that was measured, with `+` where the working tree differs from it. */
  readonly commit: string | null;
}

/** Magic numbers of statfs(2), for the file systems that a flush is worth naming on. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs (a flush costs nothing here: durable numbers mean little)"],
  [0x794c7630, "overlayfs"],
  [0x2fc12fc1, "zfs"],
]);

const GIB = 1024 ** 3;

export function describeHost(folder: string): Host {
  const processors = cpus();
  const type = statfsSync(folder).type;
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? "unknown",
    memoryGib: Math.round(totalmem() / GIB),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    fileSystem: FILE_SYSTEMS.get(type) ?? `unknown (0x${type.toString(16)})`,
    commit: commitOf(folder),
  };
}

/** The one-minute load average, a core: over 1 there is more work than cores. */
export function loadPerCore(): number {
  return (loadavg()[0] ?? 0) / cpus().length;
}

/** Null where the program is not in a Git repository, or there is no Git. */
function commitOf(folder: string): string | null {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", folder, ...args], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  try {
    const dirty = git("status", "--porcelain", "--untracked-files=no") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${dirty ? "+" : ""}`;
  } catch {
    return null;
  }
}
