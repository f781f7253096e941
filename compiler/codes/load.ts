/** Diagnostics of the pass `load`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const LOAD = {
  "load/bad-domain-folder": entry<{ folder: string }>(
    (p) => `${quote(p.folder)} cannot be the name of a domain`,
    {
      hint: "Begin with a lower-case letter; then lower-case letters, digits and `_`, at most 63.",
    },
  ),
  "load/byte-order-mark": entry<{ encoding: string }>(
    (p) => `this file begins with the byte order mark of ${p.encoding}`,
    { hint: "Save it as UTF-8 without a byte order mark." },
  ),
  "load/control-character": entry<{ character: string }>(
    (p) => `the character ${p.character} must not stand in a protocol`,
    { hint: 'Remove it; where text needs it, write it as an escape such as "\\u0007".' },
  ),
  "load/no-protocol": entry<{ folder: string }>(
    (p) => `no protocol found: expected YAML files in the folders below ${quote(p.folder)}`,
    { hint: "Create a folder for each domain there, or name another workspace." },
  ),
  "load/not-a-file": entry<{ found: string }>((p) => `expected a regular file, found ${p.found}`, {
    hint: "Put the file itself here: what a protocol says must not depend on what lies elsewhere.",
  }),
  "load/not-utf8": entry<{ byte: string }>((p) => `the byte 0x${p.byte} here is not UTF-8`, {
    hint: "Save the file as UTF-8.",
  }),
  "load/reserved-domain": entry((): string => "the domain `platform` comes with the program", {
    hint: "Rename the folder: a workspace cannot replace what every protocol relies on.",
  }),
  "load/stray-file": entry<{ file: string }>((p) => `${quote(p.file)} lies outside of any domain`, {
    hint: "Move it into the folder of its domain.",
  }),
  "load/too-large": entry<{ bytes: string; limit: string }>(
    (p) => `this file holds ${p.bytes} bytes, more than the ${p.limit} allowed`,
    { hint: "Split it: a domain may have many files, one artifact each." },
  ),
  "load/too-many-files": entry<{ found: string; limit: string }>(
    (p) => `${p.found} files found, more than the ${p.limit} allowed`,
    { hint: "Put several artifacts into one file, separated by `---`." },
  ),
  "load/unreadable": entry((): string => "this cannot be read", {
    hint: "Check its permissions, and that nothing changes it while the compiler runs.",
  }),
  "load/wrong-extension": entry<{ file: string }>(
    (p) => `${quote(p.file)} would not be read: protocol files end in \`.yaml\``,
    { hint: "Rename it." },
  ),
} as const;
