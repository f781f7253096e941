/** A protocol from a text in a test, through the whole compiler, with the program's own domain beside it. */
import { type Compilation, compile } from "../../compiler/compile.ts";
import { protocolFilesOf } from "../../compiler/protocol-files.ts";
import { askCedarOnce } from "../asked-once.ts";
import { capabilities } from "../capabilities/built.ts";
import { PROGRAM } from "./from-text.ts";

// The platform's own policies stand beside each protocol.
askCedarOnce();

export function compiled(files: Readonly<Record<string, string>>): Promise<Compilation> {
  return compile({ workspace: protocolFilesOf(files), program: PROGRAM, capabilities });
}

export function compiledText(text: string): Promise<Compilation> {
  return compiled({ "example/example.yaml": text });
}
