/** Lengths of time for people, as ISO 8601 durations: what authors write, exactly as long. */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** `unbounded` where there is no end to it. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms)) return "unbounded";
  if (ms === 0) return "PT0S";
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const seconds = (ms % MINUTE_MS) / SECOND_MS;
  const date = days > 0 ? `${days}D` : "";
  const time = [
    hours > 0 ? `${hours}H` : "",
    minutes > 0 ? `${minutes}M` : "",
    seconds > 0 ? `${seconds}S` : "",
  ].join("");
  return `P${date}${time === "" ? "" : `T${time}`}`;
}
