/**
 * Part of the build: bundles the scripts of native packages, so that a start finds, reads and compiles
 * no files of theirs but the native one itself, whose name `native-target.cjs` knows at once. Where it
 * does not, or no such file is found beside the program, the package is loaded as npm put it there.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const TARGET = `const { nativeTarget } = require(${JSON.stringify(join(folder, "native-target.cjs"))});`;

/** In the place of a package: its own scripts in the bundle, or else the package as it stands. */
const wholeOf = (name) => `
  ${TARGET}
  function atHand() {
    if (nativeTarget() === undefined) return undefined;
    try {
      return require(${JSON.stringify(require.resolve(name))});
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
      return undefined;
    }
  }
  module.exports = atHand() ?? require("as-it-stands:${name}");`;

/** What the packages' scripts ask for to find their native file. */
const ANSWERS = {
  "@neon-rs/load": `${TARGET} exports.currentTarget = nativeTarget;`,
  "detect-libc": `${TARGET}
    exports.GLIBC = "glibc";
    exports.MUSL = "musl";
    exports.familySync = () => (nativeTarget().endsWith("-musl") ? "musl" : "glibc");`,
  "./js-binding.js": `${TARGET} module.exports = require("@resvg/resvg-js-" + nativeTarget());`,
};

const PACKAGES = ["libsql", "@resvg/resvg-js"];

export const nativeAtHand = {
  name: "native-at-hand",
  setup(build) {
    const inPackage = new RegExp(`node_modules.(${PACKAGES.join("|")}).index\\.js$`);
    build.onResolve({ filter: new RegExp(`^(${PACKAGES.join("|")})$`) }, ({ path }) => ({
      path,
      namespace: "native",
    }));
    build.onResolve({ filter: /^as-it-stands:/ }, ({ path }) => ({
      path: path.slice("as-it-stands:".length),
      external: true,
    }));
    build.onResolve({ filter: /./ }, ({ path, importer }) =>
      inPackage.test(importer) && path in ANSWERS
        ? { path, namespace: "native-answer" }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: "native" }, ({ path }) => ({
      contents: wholeOf(path),
      resolveDir: folder,
    }));
    build.onLoad({ filter: /./, namespace: "native-answer" }, ({ path }) => ({
      contents: ANSWERS[path],
      resolveDir: folder,
    }));
  },
};
