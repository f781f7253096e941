/**
 * Property tests draw the same values on every run, so that a failure is everybody's failure and a
 * run lasts as long as the one before. SEED=<number> draws others; SEED=any, others each time.
 */
import fc from "fast-check";

const given = process.env.SEED ?? "20261121";
if (given !== "any") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
