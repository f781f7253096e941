/*
 * Loaded before a program (`node --require`): writes the processor time that the whole process took,
 * all threads, in microseconds, and the most kilobytes that were resident, to the file that the
 * environment names. It changes nothing else.
 */
"use strict";
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.BENCH_CPU_FILE, `${user + system} ${process.resourceUsage().maxRSS}`);
});
