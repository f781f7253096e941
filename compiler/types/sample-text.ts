/** Texts that have a format or match a pattern, to be held against it before they are used. */
import { readPattern } from "./pattern.ts";

const OF_FORMAT: Readonly<Record<string, readonly string[]>> = {
  date: ["2024-02-29"],
  time: ["12:30:00Z"],
  "date-time": ["2024-02-29T12:30:00Z"],
  duration: ["P1D"],
  email: ["ada@example.org"],
  hostname: ["example.org"],
  ipv4: ["192.0.2.1"],
  ipv6: ["2001:db8::1"],
  uri: ["https://example.org/"],
  uuid: ["c8a3b1f0-5d0c-4c7e-9c8e-0a1b2c3d4e5f"],
  "json-pointer": ["", "/a"],
};

export function samplesOfFormat(format: string): readonly string[] {
  return OF_FORMAT[format] ?? [];
}

export function samplesOfPattern(pattern: string): readonly string[] {
  return readPattern(pattern)?.texts ?? [];
}
