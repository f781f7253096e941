#!/usr/bin/env node
/*
 * The program's first file: starts `dist/main.js`, and gives it a way to load a command when it is
 * named. Each bundle is compiled from V8's code cache where the build left one that this Node takes
 * (a third of the start-up time); without one it starts all the same. No logic of PGS lives here.
 */
"use strict";
const { readFileSync } = require("node:fs");
const { Module, createRequire } = require("node:module");
const { dirname, join } = require("node:path");
const { Script } = require("node:vm");

const dist = join(__dirname, "..", "dist");

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

const loaded = new Map();

/**
 * Loads a bundle, once: `dist/<name>.js`, or a part that another one asks for, `dist/parts/<name>.cjs`.
 * With `keep`, tells it each compiled script, so that a cache can be made.
 */
function load(name, keep) {
  const filename = join(dist, name.startsWith("parts/") ? `${name}.cjs` : `${name}.js`);
  const before = loaded.get(filename);
  if (before !== undefined) return before.exports;
  const source = readIfThere(filename);
  if (source === undefined) {
    process.stderr.write(`pgs: ${filename} is not there; build the program with: npm run build\n`);
    process.exit(1);
  }
  const cachedData = readIfThere(join(dist, `${name}.cache`));
  const script = new Script(Module.wrap(source.latin1Slice()), {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  keep?.(name, script);
  const module = { exports: {} };
  loaded.set(filename, module);
  const run = script.runInThisContext();
  const require = requireFor(filename, keep);
  run.call(module.exports, module.exports, require, module, filename, dirname(filename));
  return module.exports;
}

/** What a bundle asks for: a part of ours, or whatever Node finds from where the bundle stands. */
function requireFor(filename, keep) {
  const required = createRequire(filename);
  const require = (request) => {
    const part = /^\.\.\/(parts\/[a-z-]+)\.cjs$/.exec(request)?.[1];
    return part === undefined ? required(request) : load(part, keep);
  };
  return Object.assign(require, required);
}

if (require.main === module) load("main").start((command) => load(`commands/${command}`));
else module.exports = { load };
