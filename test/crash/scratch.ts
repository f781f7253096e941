/** Folders for what is made and thrown away: in memory, where the system has such a place. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function scratchFolder(): string {
  return mkdtempSync(join(PLACE, "pgs-crash-"));
}
