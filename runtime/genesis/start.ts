/**
 * What a start has to work with, and how far it has come: handed from subsystem to subsystem, each of
 * which adds what it brought to life. It decides nothing.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import type { Refusal } from "../../protocol/language/refusal.ts";
import type { IdentitySettings } from "../identity/settings.ts";
import type { Holder } from "../owner.ts";
import type { Runtime } from "../runtime.ts";
import type { Ports } from "../runtime-options.ts";
import type { OpenedSnapshot } from "../snapshot.ts";
import type { Booted } from "./boot-options.ts";
import type { PhaseReport } from "./check.ts";
import type { Site } from "./site.ts";

/** What the configuration says, as far as a start needs it. */
export interface Settings {
  /** Absolute. */
  readonly dataRoot: string;
  /** How long to wait for another process to let go of the data root. */
  readonly waitMs: number;
  readonly digest: Digest;
  /** Settings that are not defaults: `data_root` with `PGS_DATA_ROOT`. */
  readonly given: readonly { readonly setting: string; readonly origin: string }[];
  /** How many settings there are. */
  readonly count: number;
  /** Whose tokens are taken; left out where nobody's are. */
  readonly identity?: IdentitySettings;
}

export interface Start {
  /** Absolute. */
  readonly workspace: string;
  /** Read before anything else; what is wrong with them is told at their gate. */
  readonly settings: Settings | Refusal;
  readonly ports: Ports;
  readonly site: Site;
  readonly holder: Holder;
  /** The snapshot that work would run under, read to its last byte. */
  readonly openSnapshot: () => OpenedSnapshot;
  readonly capabilities: Capabilities;
  /** For authors: differing capabilities pass. */
  readonly allowChangedCapabilities: boolean;
  readonly storeWorkerFile: string;
  /** Opens the data root as work does. */
  readonly openRuntime: (snapshot: OpenedSnapshot) => Promise<Runtime>;
  /** What the gates said up to now. */
  readonly passed: readonly PhaseReport[];
  readonly alive: Alive;
}

/** What came to life, in the order of the phases. */
export interface Alive {
  snapshot?: OpenedSnapshot;
  runtime?: Runtime;
  booted?: Booted;
}
