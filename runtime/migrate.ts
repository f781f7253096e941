/**
 * Moving: open executions go on under the current snapshot, of whose graph what they have recorded is
 * a prefix, too, where who asks may do that. That they do is a record of each, and nothing else of them
 * changes. What does not fit stays as it is; nothing is ever made to fit.
 */
import { MIGRATE_ACT } from "../protocol/language/acts.ts";
import type { Capabilities } from "../protocol/language/capabilities.ts";
import type { Digest } from "../protocol/language/digest.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Acceptance } from "./acceptance.ts";
import type { Asker } from "./asker.ts";
import { list } from "./evidence/list.ts";
import { type PrefixVerdict, prefixVerdict } from "./evidence/prefix.ts";
import { type Journal, type World, write } from "./execution.ts";
import type { Files } from "./ports.ts";
import type { Programs } from "./programs.ts";
import { openedIn } from "./reopen.ts";
import type { Migrate } from "./runtime-options.ts";

/** What became of an open execution. */
export interface Moved extends PrefixVerdict {
  /** False where it does not fit, and where it goes on there already. */
  readonly moved: boolean;
}

/** The journals of executions that are open and that nobody goes on with. */
export interface OpenJournals {
  /** Takes one to write to it; undefined where it is not there. */
  readonly take: (trace: string) => Journal | undefined;
  /** Gives it back, all of it durable. */
  readonly giveBack: (journal: Journal) => void;
}

export interface MigratingOptions {
  readonly world: World;
  readonly files: Files;
  readonly dataRoot: string;
  readonly acceptance: Acceptance;
  readonly operator: Asker;
  readonly journals: OpenJournals;
  readonly capabilities: Capabilities;
  /** Of the current snapshot: executions are moved to it, and its policies decide. */
  readonly programs: Programs;
}

interface Move {
  readonly from: Digest;
  readonly to: Digest;
  /** So many records were looked at. */
  readonly stood: number;
}

/** What moving is asked as. */
const MATTER = Object.freeze({ intent: MIGRATE_ACT.type, workflow: null, key: null });

export class Migrating {
  readonly #options: MigratingOptions;

  constructor(options: MigratingOptions) {
    this.#options = options;
  }

  /** Moves those of the asker's tenant that fit. A denial ends it: what was moved before stays so. */
  async migrate({ trace, session }: Migrate): Promise<readonly Moved[]> {
    const { acceptance, operator } = this.#options;
    const asker = session === undefined ? operator : await acceptance.holderOf(session, MATTER);
    const moved: Moved[] = [];
    for (const one of this.#openOf(asker, trace)) {
      const verdict = await this.#move(one, asker);
      if (verdict !== undefined) moved.push(verdict);
    }
    await this.#options.world.ledger.flush();
    return moved;
  }

  #openOf({ tenant }: Asker, trace: string | undefined): readonly string[] {
    const { files, dataRoot } = this.#options;
    const open = list({ files, dataRoot, tenant, open: true }).map((row) => row.trace);
    if (trace === undefined) return open;
    if (open.includes(trace)) return [trace];
    const message = `tenant \`${tenant}\` has no open execution \`${trace}\``;
    throw new Refusal("acceptance", "migrate/unknown", message, {
      hint: "`pgs list --open` shows those that there are.",
    });
  }

  async #move(trace: string, asker: Asker): Promise<Moved | undefined> {
    const { journals, capabilities, world, programs } = this.#options;
    for (;;) {
      const journal = journals.take(trace);
      if (journal === undefined) return undefined;
      const stood = journal.records.length;
      try {
        const { vault } = world;
        const verdict = await prefixVerdict(journal.records, { programs, capabilities, vault });
        const to = programs.snapshot.id;
        if (!verdict.fits || verdict.from === to) return { ...verdict, moved: false };
        const move = { from: verdict.from, to, stood };
        if (await this.#write(journal, asker, move)) return { ...verdict, moved: true };
      } finally {
        journals.giveBack(journal);
      }
    }
  }

  /** False where somebody else has written to it meanwhile: it is to be looked at again. */
  async #write(journal: Journal, asker: Asker, { from, to, stood }: Move): Promise<boolean> {
    const { acceptance, world } = this.#options;
    const { workflow, intent } = openedIn(journal);
    const context = { workflow, intent, from, to };
    const about = journal.trace;
    const policy = await acceptance.permit(asker, MATTER, { payload: context, about });
    if (journal.records.length !== stood) return false;
    const { tenant, session, principal, caller } = asker;
    const by = { tenant, session, principal, caller, policy };
    write(world, journal, { type: "migrated", from, to_snapshot: to, ...by });
    await world.ledger.flush();
    return true;
  }
}
