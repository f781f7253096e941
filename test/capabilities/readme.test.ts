/** The contracts that the page of the capabilities shows compile, with the capabilities as built. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { protocolFilesOf } from "../../compiler/protocol-files.ts";
import { exampleFiles, PROGRAM } from "../compiler/from-text.ts";
import { capabilities } from "./built.ts";

const README = join(import.meta.dirname, "../../capabilities/README.md");
const CONTRACTS = [...readFileSync(README, "utf8").matchAll(/^```yaml\n(.*?)^```/gms)]
  .map(([, text]) => text ?? "")
  .filter((text) => text.includes("semantics: external"));

it("the page shows one", () => {
  expect(CONTRACTS).toHaveLength(1);
});

it.each(CONTRACTS)("compiles", async (text) => {
  const workspace = protocolFilesOf(exampleFiles(text));
  const { diagnostics } = await compile({ workspace, program: PROGRAM, capabilities });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
});

it("settings that `http-call` does not take are found in the contract", async () => {
  const [text = ""] = CONTRACTS;
  const wrong = text.replace("hosts: [rates.example.com]", "hosts: ['*.example.com'], proxy: a");
  const workspace = protocolFilesOf(exampleFiles(wrong));
  const { diagnostics } = await compile({ workspace, program: PROGRAM, capabilities });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code }) => code.split("/")[0])).toEqual(["typecheck", "typecheck"]);
});
