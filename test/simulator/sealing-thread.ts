/**
 * The thread that seals lines, simulated: the bundle puts this in the place of the real one. It seals
 * what it has when its time comes, sometimes dies in the middle of it and leaves nonsense behind, and
 * dies with its process. `file` is the process's name.
 */

import { SEAL_BYTES } from "../../protocol/language/record-line.ts";
import { sealLines, type Unsealed } from "../../runtime/ledger/seal-lines.ts";
import type { SealingThread } from "../../runtime/ledger/sealing-thread.ts";
import { machineAtHand } from "./machine.ts";

/** Of so many groups, one is the thread's last. */
const LASTS = 12;

export function startSealingThread(file: string): SealingThread {
  const { agenda } = machineAtHand();
  let gone = false;
  let groups = 0;
  return {
    seal(lines) {
      if (gone) return Promise.resolve(false);
      groups += 1;
      // By what it was given, not by chance: one more draw would make another run of every seed.
      const dies = (lines.ends.length * 7 + groups) % LASTS === 0;
      return new Promise((resolve) => {
        agenda.add(`${file}'s thread seals`, () => {
          if (dies) spoil(lines);
          else sealLines(lines);
          gone = dies;
          resolve(!dies);
        });
      });
    },
    end() {
      gone = true;
    },
  };
}

function spoil({ buffer, ends }: Unsealed): void {
  const end = ends[0] as number;
  buffer.fill(0x58, end, end + SEAL_BYTES / 2);
}
