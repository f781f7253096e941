/** `pgs config show`: each setting with its value and where that comes from. Secrets are masked. */
import type { Command } from "commander";
import type { Configuration } from "../config/config.ts";
import { originText } from "../config/origin.ts";
import { defaultText, SETTINGS } from "../config/settings.ts";
import { type ShownRow, shown } from "../config/shown.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  configurationOf,
  jsonOption,
  runtimeOptions,
  type WorkspaceOptions,
  waitOption,
} from "../options.ts";
import { columns, safe } from "../print.ts";

interface Options extends WorkspaceOptions {
  readonly wait?: string;
  readonly concurrency?: string;
  readonly traces?: string;
  readonly session?: string;
  readonly seconds?: string;
}

const NOTES = `
A flag is stronger than the environment, the environment than pgs.config.yaml in the workspace, and
that than the defaults. The variables: PGS_WORKSPACE,
${SETTINGS.map(({ variable }) => variable).join(", ")}.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const show = command.command("show").description("print each setting with its origin");
  jsonOption(waitOption(runtimeOptions(show)))
    .option("--concurrency <n>", `as of \`pgs run --batch\` ${defaultText("batch.concurrency")}`)
    .option("--traces <which>", `as of \`pgs run --batch\` ${defaultText("batch.traces")}`)
    .option("--session <credential>", "as of `pgs run`; it is not shown")
    .option("--seconds <n>", `as of \`pgs session\` ${defaultText("identity.session_seconds")}`)
    .addHelpText("after", NOTES)
    .action(async ({ traces, ...options }: Options) => {
      const given = traces === undefined ? options : { ...options, batchTraces: traces };
      const configuration = await configurationOf(given, io);
      io.out(options.json === true ? document(configuration) : text(configuration, io));
      done(EXIT.done);
    });
}

function document(configuration: Configuration): string {
  const settings = shown(configuration).map(({ setting, value, secret, origin }: ShownRow) => ({
    setting,
    value,
    ...(secret ? { secret } : {}),
    origin,
  }));
  return `${JSON.stringify({ file: configuration.file, settings })}\n`;
}

function text(configuration: Configuration, io: Io): string {
  const rows = shown(configuration).map(({ setting, value, origin }) => [
    setting,
    value === null ? "-" : typeof value === "object" ? JSON.stringify(value) : String(value),
    originText(origin),
  ]);
  const { file } = configuration;
  const read = file === null ? "no pgs.config.yaml here" : `read: ${safe(file)}`;
  return `${columns([["setting", "value", "origin"], ...rows], io.paint)}${io.paint.dim(read)}\n`;
}
