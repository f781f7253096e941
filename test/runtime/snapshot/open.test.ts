import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { openSnapshot, resolveSnapshot, verifySnapshot } from "../../../runtime/snapshot.ts";
import { type Disk, decode, filesOf, resealed, sealedDisk } from "./sealed.ts";

let disk: Disk;
let folder: string;
let paths: string[];

beforeAll(async () => {
  ({ disk, folder } = await sealedDisk());
  paths = [...disk.keys()].filter((path) => path.startsWith(folder));
});

/** What is refused when the disk is this one: code and message. */
function refusal(changed: Disk, at = folder): { code: string; message: string } {
  try {
    verifySnapshot(filesOf(changed), at);
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "opened", message: "" };
}

function changedBy(change: (disk: Disk) => void): Disk {
  const changed = new Map(disk);
  change(changed);
  return changed;
}

test("a snapshot opens as it was sealed, and its graphs are frozen", () => {
  const snapshot = openSnapshot(filesOf(disk), folder);
  expect(snapshot.workflows).toEqual(["example::WF_CHECK_V0", "example::WF_REGISTER_V0"]);
  expect(snapshot.capabilities.map(({ implementation }) => implementation)).toEqual(["identify"]);
  const graph = snapshot.graph("example::WF_REGISTER_V0");
  expect(Object.isFrozen(graph.nodes[0])).toBe(true);
  expect(snapshot.graph("example::WF_REGISTER_V0")).toBe(graph);
});

test("a graph is read only when it is asked for", () => {
  const read: string[] = [];
  const files = filesOf(disk);
  const spying = {
    ...files,
    read: (path: string) => {
      read.push(path);
      return files.read(path);
    },
  };
  const snapshot = openSnapshot(spying, folder);
  expect(read).toEqual([`${folder}/manifest.json`]);
  snapshot.graph("example::WF_CHECK_V0");
  expect(read.slice(1)).toEqual([`${folder}/graphs/example.WF_CHECK_V0.json`]);
});

test("every changed byte is refused, and the file is named", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (file, place, difference) => {
      const path = paths[file % paths.length] ?? "";
      const bytes = Uint8Array.from(disk.get(path) ?? []);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ difference;
      const { code, message } = refusal(changedBy((changed) => changed.set(path, bytes)));
      expect(code).toBe("snapshot/changed-file");
      expect(message).toContain(`\`${path}\``);
    }),
    { numRuns: 500 },
  );
});

test("every changed byte of the manifest is refused", () => {
  const path = `${folder}/manifest.json`;
  const sealed = disk.get(path) ?? new Uint8Array();
  for (let at = 0; at < sealed.length; at += 1) {
    const bytes = Uint8Array.from(sealed);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const changed = changedBy((one) => one.set(path, bytes));
    expect(refusal(changed).code).toBe("snapshot/changed-file");
  }
});

test("every truncation and every extension is refused, and the file is named", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.boolean(), (file, place, longer) => {
      const path = paths[file % paths.length] ?? "";
      const bytes = disk.get(path) ?? new Uint8Array();
      const other = longer ? Uint8Array.from([...bytes, 10]) : bytes.slice(0, place % bytes.length);
      const { code, message } = refusal(changedBy((changed) => changed.set(path, other)));
      expect(code).toBe("snapshot/changed-file");
      expect(message).toContain(`\`${path}\``);
    }),
  );
});

test("every missing file is refused by name", () => {
  for (const path of paths) {
    const { code, message } = refusal(changedBy((changed) => changed.delete(path)));
    expect(code).toBe("snapshot/missing-file");
    expect(message).toContain(`\`${path}\``);
  }
});

test("every additional file is refused by name", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
  fc.assert(
    fc.property(name, fc.constantFrom("", "graphs/", "more/"), (file, where) => {
      const path = `${folder}/${where}${file}`;
      fc.pre(!disk.has(path) && file !== "graphs");
      const { code, message } = refusal(
        changedBy((changed) => changed.set(path, new Uint8Array())),
      );
      expect(code).toBe("snapshot/additional-file");
      expect(message).toContain(where === "more/" ? `${folder}/more` : path);
    }),
  );
});

test("a folder under another name is refused", () => {
  const moved: Disk = new Map(
    [...disk].map(([path, data]) => [path.replace(folder, "/snapshots/mine"), data]),
  );
  expect(refusal(moved, "/snapshots/mine").code).toBe("snapshot/unnamed-folder");
  const other = `/snapshots/${"0".repeat(64)}`;
  const renamed: Disk = new Map(
    [...disk].map(([path, data]) => [path.replace(folder, other), data]),
  );
  expect(refusal(renamed, other).code).toBe("snapshot/changed-file");
});

test("a newer format is refused with a word of its own", () => {
  const newer = resealed(disk, folder, { "manifest.json": { format: 2, later: [] } });
  expect(refusal(newer.disk, newer.folder).code).toBe("snapshot/newer-format");
});

test("a manifest that leads outside its folder is refused, though its digest holds", () => {
  const manifest = JSON.parse(decode(disk.get(`${folder}/manifest.json`) ?? new Uint8Array()));
  for (const path of ["../x.json", "/etc/passwd", "graphs/../../x.json", "graphs/x.json\u0000"]) {
    const [first, ...rest] = manifest.files;
    const files = [{ ...first, path }, ...rest].sort((a, b) => (a.path < b.path ? -1 : 1));
    const forged = resealed(disk, folder, { "manifest.json": { files } });
    expect(refusal(forged.disk, forged.folder).code).toBe("snapshot/malformed-file");
  }
});

test("`current`, an id and a folder name the same snapshot", () => {
  const files = filesOf(disk);
  expect(resolveSnapshot(files, "/snapshots")).toBe(folder);
  expect(resolveSnapshot(files, "/snapshots", folder.split("/")[2])).toBe(folder);
  expect(resolveSnapshot(files, "/elsewhere", folder)).toBe(folder);
});

test("what is no snapshot is refused", () => {
  const files = filesOf(disk);
  expect(() => resolveSnapshot(files, "/none")).toThrow(/is missing/);
  expect(() => resolveSnapshot(files, "/snapshots", "0".repeat(64))).toThrow(/no snapshot/);
  expect(() => resolveSnapshot(files, "/snapshots", "/snapshots/current")).toThrow(/no snapshot/);
});

test("a `current` that is not one id is refused", () => {
  for (const text of [
    "",
    "\n",
    `${"0".repeat(63)}g\n`,
    `${"0".repeat(64)}\r`,
    `${"0".repeat(65)}`,
  ]) {
    const changed = changedBy((one) =>
      one.set("/snapshots/current", new TextEncoder().encode(text)),
    );
    expect(() => resolveSnapshot(filesOf(changed), "/snapshots")).toThrow(/one snapshot id/);
  }
});
