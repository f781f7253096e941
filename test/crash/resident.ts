/**
 * The built program, loaded once and called as often as is asked, in this process: for what is done
 * to a data root when nothing is to fail any more. Whatever is to be killed or faulted, or holds a
 * mistake, runs in a process of its own.
 */
import { createRequire } from "node:module";
import type { main, quietIo } from "../../bin/main.ts";
import { askCedarOnce, paintOnce } from "../asked-once.ts";
import { BUILT, type Ended, repository } from "./program.ts";

interface Launcher {
  readonly load: {
    (name: "main"): { readonly main: typeof main; readonly quietIo: typeof quietIo };
    (name: `commands/${string}`): ReturnType<Parameters<typeof main>[2]>;
  };
}

const require = createRequire(import.meta.url);

// What is done behind each case is the same: one picture, one protocol with the same policies.
askCedarOnce();
const { nativeTarget } = require("../../bin/native-target.cjs") as {
  readonly nativeTarget: () => string | undefined;
};
const target = nativeTarget();
if (target !== undefined) paintOnce(`@resvg/resvg-js-${target}`);

/** As a process of the same arguments would end, with what it would have said. */
export async function runHere(args: readonly string[]): Promise<Ended> {
  const { load }: Launcher = require(BUILT.launcher);
  const { main, quietIo } = load("main");
  const [out, err]: [string[], string[]] = [[], []];
  const io = {
    ...quietIo(repository),
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const code = await main(args, io, (command) => load(`commands/${command}`));
  return { code, signal: null, out: out.join(""), err: err.join("") };
}
