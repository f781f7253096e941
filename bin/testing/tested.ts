/** What `pgs test` found, as its document says it. */
import type { FullName } from "../../protocol/language/names.ts";
import type { CaseVerdict } from "./expected.ts";
import type { Coverage } from "./explored.ts";
import type { Golden } from "./golden.ts";

export interface TestedCase extends CaseVerdict {
  readonly test: FullName;
  readonly workflow: FullName;
  readonly file: string;
  readonly line: number;
}

export interface Tested {
  readonly ok: boolean;
  readonly snapshot: string;
  readonly cases: readonly TestedCase[];
  readonly goldens: readonly Golden[];
  readonly workflows: readonly ({ readonly workflow: FullName } & Coverage)[];
}
