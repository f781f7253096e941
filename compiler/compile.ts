/**
 * The compiler: which passes there are, in which order they run, and that it stops after the first
 * that found an error. It reads through its arguments and writes nothing.
 */
import { setImmediate } from "node:timers/promises";
import { byCodeUnits } from "../protocol/language/canonical.ts";
import type { Capabilities } from "../protocol/language/capabilities.ts";
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { append } from "./append.ts";
import { type AuthoredTest, authoredTests } from "./authored-tests.ts";
import { loadCedar } from "./cedar.ts";
import { type Counts, countsOf } from "./counts.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { loadLayout } from "./layout.ts";
import type {
  ParsedDocument,
  Passed,
  SealedSnapshot,
  Shaped,
  Source,
  Typed,
  UndecidedCheck,
  World,
} from "./model.ts";
import { load, PLATFORM } from "./passes/load.ts";
import { lower } from "./passes/lower.ts";
import { parse } from "./passes/parse.ts";
import type { ExpectedDecision } from "./passes/policy/tables.ts";
import { type Governed, policy, UNGOVERNED } from "./passes/policy.ts";
import { NOTHING_PROVEN, type ProvenAll, proofs } from "./passes/proofs.ts";
import { prove } from "./passes/prove.ts";
import { resolve } from "./passes/resolve.ts";
import { routing } from "./passes/routing.ts";
import { seal } from "./passes/seal.ts";
import { shape } from "./passes/shape.ts";
import { typecheck } from "./passes/typecheck.ts";
import type { ProtocolFiles } from "./protocol-files.ts";

export interface CompileInput {
  /** The workspace's folder of domains. */
  readonly workspace: ProtocolFiles;
  /** The program's own folder of domains: the domain `platform` is taken from it. */
  readonly program: ProtocolFiles;
  readonly capabilities: Capabilities;
}

export interface Compilation {
  readonly ok: boolean;
  /** Null where an error was found. */
  readonly snapshot: SealedSnapshot | null;
  /** Sorted by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  /** The checks that stay for run time. */
  readonly undecided: readonly UndecidedCheck[];
  readonly counts: Counts;
  /** What the tables of decisions expect of the policies; empty where an error was found. */
  readonly expected: readonly ExpectedDecision[];
  /** The authored tests; empty where an error was found. */
  readonly tests: readonly AuthoredTest[];
  /** The sources by file, for showing the lines that diagnostics point at. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What the passes have made so far. */
interface Draft {
  readonly sources: readonly Source[];
  readonly documents: readonly ParsedDocument[];
  readonly shaped: Shaped;
  readonly world: World;
  readonly typed: Typed;
  readonly governed: Governed;
  readonly graphs: readonly Graph[];
  readonly proven: ProvenAll;
  readonly snapshot: SealedSnapshot | null;
}

type Step = (draft: Draft, input: CompileInput) => Made | Promise<Made>;

/** What a pass adds to the draft, and what it found. */
interface Made {
  readonly made: Partial<Draft>;
  readonly diagnostics: readonly Diagnostic[];
}

function as<K extends keyof Draft>(part: K, { value, diagnostics }: Passed<Draft[K]>): Made {
  return { made: { [part]: value }, diagnostics };
}

/** The passes, in the order in which they run. */
export const PASSES: readonly (readonly [name: string, step: Step])[] = Object.freeze([
  ["load", (_, { workspace, program }) => as("sources", load(workspace, program))],
  ["parse", ({ sources }) => as("documents", parse(sources))],
  ["shape", ({ documents }) => as("shaped", shape(documents))],
  ["resolve", ({ shaped }, { capabilities }) => as("world", resolve(shaped, capabilities))],
  ["typecheck", ({ world }, { capabilities }) => as("typed", typecheck(world, capabilities))],
  ["routing", ({ typed }) => as("typed", routing(typed))],
  ["prove", ({ typed }) => as("typed", prove(typed))],
  [
    "policy",
    async ({ typed }, { workspace }) => {
      const isProgram = workspace.identityOf(PLATFORM) !== null;
      return as("governed", await policy(typed, isProgram));
    },
  ],
  ["lower", async ({ typed }) => as("graphs", await lower(typed))],
  ["proofs", ({ graphs, typed }) => as("proven", proofs(graphs, typed))],
  [
    "seal",
    ({ graphs, governed: { sealed: governance }, proven }, { capabilities }) => {
      invariant(governance !== null, "nothing is sealed without what governs it");
      return as("snapshot", seal({ graphs, governance, proven, capabilities }));
    },
  ],
]);

const NO_SHAPES: Shaped = {
  domains: [],
  schemas: [],
  transforms: [],
  effects: [],
  workflows: [],
  intents: [],
  policies: [],
  decisions: [],
  invariants: [],
  tests: [],
};
const NO_WORLD: World = {
  shaped: NO_SHAPES,
  transforms: new Map(),
  effects: new Map(),
  externals: new Map(),
  workflows: new Map(),
  governance: { intents: new Map(), policies: [], decisions: [], roles: [] },
  invariants: [],
  tests: [],
};
const NOTHING: Draft = Object.freeze({
  sources: [],
  documents: [],
  shaped: NO_SHAPES,
  world: NO_WORLD,
  typed: { world: NO_WORLD, workflows: new Map(), subscriptions: new Map(), undecided: [] },
  governed: UNGOVERNED,
  graphs: [],
  proven: NOTHING_PROVEN,
  snapshot: null,
});

/** Compiles a protocol. What an author does wrong is a diagnostic; this never throws at one. */
export async function compile(input: CompileInput): Promise<Compilation> {
  beginLoading();
  let draft = NOTHING;
  const diagnostics: Diagnostic[] = [];
  for (const [, step] of PASSES) {
    // What loads meanwhile goes on in a turn of its own.
    await setImmediate();
    const { made, diagnostics: found } = await step(draft, input);
    draft = { ...draft, ...made };
    append(diagnostics, found);
    if (found.some(isError)) break;
  }
  const ok = !diagnostics.some(isError);
  return {
    ok,
    snapshot: ok ? draft.snapshot : null,
    diagnostics: diagnostics.sort(byPlace),
    undecided: draft.typed.undecided,
    expected: ok ? draft.governed.expected : [],
    tests: ok ? authoredTests(draft.world) : [],
    counts: countsOf(draft.documents.length, draft.graphs),
    texts: new Map(draft.sources.map(({ file, text }) => [file, text])),
  };
}

/** Policies are checked near the end, drawings are made there, and both take the longest to load. */
function beginLoading(): void {
  // Whoever waits for it is told what went wrong.
  loadCedar().catch(() => undefined);
  loadLayout().catch(() => undefined);
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    byCodeUnits(a.span.file, b.span.file) ||
    a.span.line - b.span.line ||
    a.span.column - b.span.column ||
    byCodeUnits(a.code, b.code)
  );
}
