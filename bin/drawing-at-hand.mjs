/**
 * Part of the build: takes the program of Graphviz out of the package's script, where it stands packed
 * as a text that is longer than all the rest of the compiler, and puts it beside the bundles as it is.
 * Unpacking it took a third of the time of a small compilation.
 */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

const SCRIPT = /wasm-graphviz.dist.index\.js$/;
const FILE = "graphviz.wasm";
/** Characters; of other texts in the script none is near it. */
const PACKED_MIN = 500_000;
/** Where the script unpacks it: `program ??= inflated(decoded(packed))`. */
const UNPACKS = /([\w$]+)\s*\?\?=\s*[\w$]+\([\w$]+\(([\w$]+)\)\)/g;

/** Writes the program to a folder, as the package itself hands it over. */
export async function unpackDrawing(folder) {
  const { instantiate } = WebAssembly;
  let program;
  WebAssembly.instantiate = (bytes, imports) => {
    program ??= Buffer.from(bytes);
    return instantiate.call(WebAssembly, bytes, imports);
  };
  try {
    const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
    await Graphviz.load();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  if (program === undefined) throw new Error("the package of Graphviz did not load its program");
  writeFileSync(`${folder}/${FILE}`, program);
}

/** In the bundles, which stand in folders of their own, the script reads that file instead. */
export const drawingAtHand = {
  name: "drawing-at-hand",
  setup(build) {
    build.onLoad({ filter: SCRIPT }, async ({ path }) => {
      const script = await readFile(path, "utf8");
      const [found, ...more] = [...script.matchAll(UNPACKS)];
      if (found === undefined || more.length > 0) {
        throw new Error(`${path} unpacks its program in another way than it did`);
      }
      const [whole, program, packed] = found;
      const read = `${program}??=require("node:fs").readFileSync(require("node:path").join(__dirname,"../${FILE}"))`;
      return {
        contents: withoutText(
          script.replace(whole, () => read),
          packed,
          path,
        ),
      };
    });
  },
};

/** The script without the packed program, which is the one text that stands in a variable of that name. */
function withoutText(script, name, path) {
  const start = script.indexOf(` ${name}='`) + ` ${name}='`.length;
  const end = script.indexOf("'", start);
  if (end - start < PACKED_MIN) throw new Error(`${path} has no packed program \`${name}\``);
  return script.slice(0, start) + script.slice(end);
}
