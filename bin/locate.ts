/**
 * Where artifacts stand in a workspace's sources. A file of its own, loaded when a finding names an
 * artifact: it brings the compiler along, which reading evidence does not need.
 */
import { join } from "node:path";
import { type Locator, locatorIn, protocolFilesIn } from "../compiler/index.ts";
import type { Io } from "./io.ts";
import type { Workspace } from "./options.ts";

export function locatorOf(workspace: Workspace, io: Io): Locator {
  return locatorIn(
    protocolFilesIn(join(workspace.protocol, "domains"), "protocol/domains"),
    protocolFilesIn(join(io.programFolder, "protocol", "domains"), "<pgs>"),
  );
}
