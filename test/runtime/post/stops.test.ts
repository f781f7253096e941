/** A process that dies at any call of the disk, while it delivers: nothing is lost, nothing comes twice. */
import { expect, test } from "vitest";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import type { Files, OpenFile } from "../../../runtime/ports.ts";
import { type Ports, SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { forbid, permit } from "../governed.ts";
import { copyOf, during, freshRoot, open, recordsOf } from "../on-disk.ts";
import { ALL, deliver, expectAllDelivered, expectInOrder, mail, PLAIN, telling } from "./mail.ts";

interface Mortal {
  readonly ports: Ports;
  readonly calls: () => number;
}

/** The system's files, until the process dies at one of its calls: then nothing more reaches them. */
function mortal(lastCall: number): Mortal {
  let calls = 0;
  const guarded = <A extends readonly unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      calls += 1;
      if (calls > lastCall) throw new Error("killed");
      return call(...args);
    };
  };
  const file = (opened: OpenFile): OpenFile => ({
    ...opened,
    append: guarded(opened.append),
    flush: guarded(async () => {}),
    truncate: guarded(opened.truncate),
  });
  const own = SYSTEM_PORTS.files;
  const files: Files = {
    ...own,
    openAppend: (path) => file(own.openAppend(path)),
    replace: guarded(own.project),
    writeAside: guarded((path: string, data: Uint8Array, mode?: number) => {
      const aside = own.writeAside(path, data, mode);
      return { ...aside, flush: guarded(async () => {}), place: guarded(aside.place) };
    }),
    flushFolder: guarded(() => {}),
    flushNames: guarded(async () => {}),
  };
  return { ports: { ...SYSTEM_PORTS, files }, calls: () => calls };
}

const STATEMENTS = [
  ...DECIDING_ROLES.map((role) => permit(role, ["pgs.run", ALL.type, PLAIN.type])),
  forbid("city_manager", [PLAIN.type]),
];

test.each([
  ["where all of them are allowed", {}],
  ["where some are denied", { statements: STATEMENTS }],
])(
  "a process that dies at any call loses no delivery and makes none twice, %s",
  async (_, how) => {
    const root = freshRoot();
    for (const key of ["a", "b", "a"]) {
      // Closed at once: what it tells is left for others to deliver, most of the time.
      await during(root, (runtime) => runtime.submit(telling({ key, kind: "plain" })), mail(how));
    }
    let died = 0;
    for (let lastCall = 1; ; lastCall += 1) {
      const stopped = copyOf(root);
      const { ports, calls } = mortal(lastCall);
      const options = { ...mail(how), ports };
      const dying = await open(stopped, options).catch(() => undefined);
      const work = async () => {
        await dying?.submit(telling({ key: "a", kind: "plain" }));
        await dying?.submit(telling({ key: "c", kind: "other" }));
        if (dying !== undefined) await deliver(dying);
      };
      await work().catch(() => undefined);
      await dying?.close().catch(() => undefined);
      const isWhole = calls() <= lastCall;
      await during(stopped, (runtime) => deliver(runtime), mail(how));
      const records = recordsOf(stopped);
      expectAllDelivered(records);
      expectInOrder(records);
      if (isWhole) break;
      died += 1;
    }
    expect(died).toBeGreaterThan(10);
  },
  120_000,
);
