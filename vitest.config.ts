import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    // Who waits for a disk, or for another process, leaves a core to somebody else.
    maxWorkers: availableParallelism() + 1,
    // Compiling makes much that is soon thrown away: looked through less often, it costs less.
    execArgv: ["--max-semi-space-size=64"],
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
