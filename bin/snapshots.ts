/**
 * The snapshots of a workspace by the names that people give them: an id, the first digits of one,
 * a folder, or `current`. It never guesses between two.
 */
import { isDigest } from "../protocol/language/digest.ts";
import { CURRENT_FILE } from "../protocol/language/manifest.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { openSnapshot, resolveSnapshot, SYSTEM_PORTS } from "../runtime/index.ts";
import type { Workspace } from "./options.ts";

/** With fewer digits a prefix says too little to be meant. */
const PREFIX = /^[0-9a-f]{8,63}$/;

/** The ids of the snapshots that stand in the workspace, sorted. */
export function standingIn({ snapshots }: Workspace): readonly string[] {
  const { files } = SYSTEM_PORTS;
  if (files.standing(snapshots)?.kind !== "folder") return [];
  return files.names(snapshots).filter(isDigest).sort();
}

/** The id of the current one; undefined where nothing was compiled. */
export function currentIn({ snapshots }: Workspace): string | undefined {
  const { files } = SYSTEM_PORTS;
  if (files.standing(`${snapshots}/${CURRENT_FILE}`) === undefined) return undefined;
  return resolveSnapshot(files, snapshots).split("/").at(-1);
}

export type StandingSnapshot = ReturnType<typeof openSnapshot>;

export function namedSnapshot(wanted: string, workspace: Workspace): StandingSnapshot {
  const { files } = SYSTEM_PORTS;
  const { snapshots } = workspace;
  const id = wanted === CURRENT_FILE ? undefined : wholeId(wanted, workspace);
  return openSnapshot(files, resolveSnapshot(files, snapshots, id));
}

function wholeId(wanted: string, workspace: Workspace): string {
  if (!PREFIX.test(wanted)) return wanted;
  const meant = standingIn(workspace).filter((id) => id.startsWith(wanted));
  const [id] = meant;
  if (id === undefined) return wanted;
  if (meant.length === 1) return id;
  const message = `${meant.length} snapshots begin with \`${wanted}\``;
  throw new Refusal("usage", "snapshot/ambiguous", message, {
    hint: "Give more digits: `pgs list snapshots` shows them.",
  });
}
