/**
 * Each mistake, built into the machine, breaks a law that the machine as it stands holds: so the
 * laws are seen to look at what they claim to.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import type { brokenLaw, Seeds } from "../runtime/machine/laws.ts";
import { replaced } from "../simulator/bundle.ts";
import { MACHINE } from "./machine.ts";
import type { Mistake } from "./mistake.ts";

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "pgs-machine-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** The laws, over the machine with a mistake in it. */
async function lawsWith(mistake: Mistake | undefined): Promise<typeof brokenLaw> {
  const outfile = join(folder, `${mistake?.name.replaceAll(" ", "-") ?? "sound"}.mjs`);
  await build({
    entryPoints: [join(ROOT, "test/runtime/machine/laws.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    external: ["libsql"],
    plugins: [
      {
        name: "mistaken",
        setup(builder) {
          builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (relative(ROOT, path) !== mistake?.file) return undefined;
            return { contents: replaced(readFileSync(path, "utf8"), mistake), loader: "ts" };
          });
        },
      },
    ],
  });
  const laws: { readonly brokenLaw: typeof brokenLaw } = await import(pathToFileURL(outfile).href);
  return laws.brokenLaw;
}

/** So many graphs are tried; each mistake is seen long before the last. */
const TRIES = 1_500;

function firstBroken(law: typeof brokenLaw): string | undefined {
  for (let n = 1; n <= TRIES; n += 1) {
    const seeds: Seeds = { graph: n * 7_919, answers: n * 104_729, order: n * 31 };
    const wrong = law(n % 2 === 0 ? seeds : { ...seeds, cancelAt: n % 9 });
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

describe("the laws of the machine see that", () => {
  test.each(MACHINE)("$name", async (mistake) => {
    expect(firstBroken(await lawsWith(mistake))).toBeDefined();
  });

  test("nothing is wrong with it as it stands", async () => {
    expect(firstBroken(await lawsWith(undefined))).toBeUndefined();
  }, 120_000);
});
