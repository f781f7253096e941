/**
 * What physical checks ask of the machine beside the file system's own port: whose a path is, and
 * how much room there is. It changes nothing.
 */
import { lstatSync, statfsSync } from "node:fs";
import { diskFailure } from "../disk-failure.ts";

export interface Room {
  readonly bytes: number;
  /** Names that can still be made; undefined where the file system does not count them. */
  readonly names: number | undefined;
}

export interface Site {
  /** The number of the user of this process; undefined where users have none. */
  readonly user: number | undefined;
  /** Of whom a path is that stands; undefined where users have no numbers. */
  readonly ownerOf: (path: string) => number | undefined;
  /** What those may take who have no privileges. */
  readonly roomAt: (path: string) => Room;
}

export function systemSite(user: number | undefined): Site {
  return Object.freeze({
    user,
    ownerOf: (path: string) => (user === undefined ? undefined : asked(() => lstatSync(path).uid)),
    roomAt: (path: string) => {
      const { bavail, bsize, files, ffree } = asked(() => statfsSync(path));
      return { bytes: bavail * bsize, names: files === 0 ? undefined : ffree };
    },
  });
}

function asked<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw diskFailure(error, "read");
  }
}
