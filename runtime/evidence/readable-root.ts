/**
 * What may stand in a data root, as those see it who only read: folders and files of its own, so
 * that no link leads elsewhere and no FIFO is waited for. It refuses before anything is opened.
 */
import { join } from "node:path";
import { Refusal } from "../../protocol/language/refusal.ts";
import { ledgerFolder } from "../ledger/segments.ts";
import type { Files } from "../ports.ts";

/** Refuses a data root that holds a link or a device, or a file in place of its folders. */
export function requireReadable(files: Files, dataRoot: string): void {
  requireKind(files, dataRoot, "folder");
  const ledger = ledgerFolder(dataRoot);
  for (const name of files.names(dataRoot)) {
    const path = join(dataRoot, name);
    requireKind(files, path, path === ledger || name === "keys" ? "folder" : undefined);
  }
  for (const name of files.names(ledger)) {
    requireKind(files, join(ledger, name), name === "cut" ? "folder" : "file");
  }
}

/** What is not there may have been removed by another process a moment ago. */
function requireKind(files: Files, path: string, expected: "file" | "folder" | undefined): void {
  const kind = files.standing(path)?.kind;
  const wrong = expected === undefined ? kind === "other" : kind !== expected;
  if (kind === undefined || !wrong) return;
  const message = `expected \`${path}\` to be a ${expected ?? "file"} of its own, and no link or device`;
  throw new Refusal("viability", "data-root/not-a-file", message);
}
