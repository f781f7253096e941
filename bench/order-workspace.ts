/** The workspace of the ten-step workflow, in a scratch folder, compiled by the built program. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

export const ACCEPT_ORDER = "orders::WF_ACCEPT_ORDER_V0";

export function orderWorkspace(bench: Bench): string {
  const workspace = bench.folder("orders");
  cpSync(join(bench.root, "bench", "workspace"), workspace, { recursive: true });
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  return workspace;
}
