/**
 * The second gate, the kernel: the configuration with the origin of each value, a clock that a ledger
 * can be written by, and randomness. It reads, and changes nothing.
 */
import { sha256 } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { issuerKeysIn } from "../identity/issuer-keys.ts";
import type { IdentitySettings } from "../identity/settings.ts";
import { linesEnd } from "../ledger/room.ts";
import { ledgerFolder, segmentPath } from "../ledger/segments.ts";
import type { Clock, Entropy, Files } from "../ports.ts";
import { type Check, checked, held, refused } from "./check.ts";
import type { Settings, Start } from "./start.ts";

const SETTINGS = { name: "configuration", expected: "known settings, each with a value that fits" };

/** A file of keys that is read when the first token comes would be missed too late. */
const ISSUER_KEYS = { name: "issuer-keys", expected: "a file of keys that tokens are signed with" };

export async function configurationChecks({ settings }: Start): Promise<readonly Check[]> {
  if (settings instanceof Refusal) return [refused(SETTINGS, settings)];
  const { identity } = settings;
  const keys =
    identity === undefined ? [] : [await checked(ISSUER_KEYS, () => issuerKeysFound(identity))];
  return [
    ...keys,
    held(SETTINGS.name, SETTINGS.expected, settingsFound(settings)),
    held("configuration-digest", "one value for one configuration", settings.digest),
  ];
}

/** Throws a refusal for a file that cannot be read, and for one of other keys than may be used. */
export function issuerKeysFound(identity: IdentitySettings): string {
  const file = identity.keys();
  return `${issuerKeysIn(file).length} that may be used, in \`${file.shownAs}\``;
}

export function settingsFound({ count, given }: Settings): string {
  const origins = given.map(({ setting, origin }) => `\`${setting}\` from ${origin}`).join(", ");
  return `${count} settings, ${origins === "" ? "all by default" : origins}`;
}

/** Before this program was made no record of it was. */
const EARLIEST = "2026-01-01T00:00:00.000Z";
/** A clock is set back by so much when it is corrected, and not by more. */
const BEHIND_MS_MAX = 60 * 60 * 1_000;

export async function clockChecks({ ports, settings }: Start): Promise<readonly Check[]> {
  invariant(!(settings instanceof Refusal), "what requires the configuration follows it");
  const text = "a time since this program was made, and no hour behind the ledger's last record";
  const last = lastTime(ports.files, settings.dataRoot);
  return [await checked({ name: "clock", expected: text }, () => requireClock(ports.clock, last))];
}

function requireClock(clock: Clock, last: string | undefined): string {
  const nowMs = clock.now();
  const hint = "Set the system's clock. Until then the ledger's own time stands still.";
  if (!Number.isFinite(nowMs) || nowMs < Date.parse(EARLIEST)) {
    const found = Number.isFinite(nowMs) ? new Date(nowMs).toISOString() : String(nowMs);
    const message = `the clock says ${found}, which is before this program was made`;
    throw new Refusal("kernel", "clock/unset", message, { hint });
  }
  const now = new Date(nowMs).toISOString();
  if (last !== undefined && nowMs < Date.parse(last) - BEHIND_MS_MAX) {
    const message = `the clock says ${now}, the last record of the ledger ${last}`;
    throw new Refusal("kernel", "clock/behind", message, { hint });
  }
  return last === undefined ? now : `${now}, the last record is of ${last}`;
}

/** As far as a last line may reach back. Whether it holds is the next gate's business. */
const TAIL_BYTES = 65_536;
const AT = /^\{"n":[0-9]+,"trace":"[^"]*","seq":[0-9]+,"at":"([0-9TZ:.-]{24})"/gm;

function lastTime(files: Files, dataRoot: string): string | undefined {
  const segments = files.names(ledgerFolder(dataRoot)).filter((name) => name.endsWith(".jsonl"));
  const path = segmentPath(dataRoot, segments.length);
  const bytes = linesEnd(files, path);
  if (bytes === 0) return undefined;
  const from = Math.max(0, bytes - TAIL_BYTES);
  const tail = files.readAt(path, from, bytes - from);
  const times = [...Buffer.from(tail).toString("latin1").matchAll(AT)].map(([, at]) => at);
  return times.at(-1);
}

const DRAWN_BYTES = 32;

export async function entropyChecks({ ports }: Start): Promise<readonly Check[]> {
  const expected = {
    name: "entropy",
    expected: `${DRAWN_BYTES} bytes that differ when drawn again`,
  };
  return [await checked(expected, () => requireEntropy(ports.entropy))];
}

function requireEntropy(entropy: Entropy): string {
  const draws = [entropy.bytes(DRAWN_BYTES), entropy.bytes(DRAWN_BYTES)];
  const whole = draws.every(({ length }) => length === DRAWN_BYTES);
  const [one, other] = draws.map((bytes) => sha256(bytes));
  if (whole && one !== other) return "two draws that differ";
  throw new Refusal("kernel", "entropy/predictable", "two draws gave the same bytes, or too few", {
    hint: "Check the system's source of randomness: keys and ids would be guessed.",
  });
}
