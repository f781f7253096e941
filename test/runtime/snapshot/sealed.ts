/** Snapshots in memory for the tests of opening: sealed by the compiler, changed by the tests. */
import { lower } from "../../../compiler/passes/lower.ts";
import { seal } from "../../../compiler/passes/seal.ts";
import { canonical } from "../../../protocol/language/canonical.ts";
import type { Capabilities } from "../../../protocol/language/capabilities.ts";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { Files, Standing } from "../../../runtime/ports.ts";
import { REGISTRATION } from "../../compiler/back/protocols.ts";
import { typedOf } from "../../compiler/back/typed.ts";

export const CAPABILITIES: Capabilities = {
  names: () => ["identify"],
  digestOf: (name) => (name === "identify" ? sha256("the text of identify") : undefined),
  kindOf: (name) => (name === "identify" ? "transform" : undefined),
  transform: () => () => ({ outcome: "SUCCESS", output: { id: "x" } }),
  external: (name) => {
    throw new Error(`no implementation ${name}`);
  },
};

export type Disk = Map<string, Uint8Array>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `/snapshots/<id>/…` and `/snapshots/current`. */
export async function sealedDisk(): Promise<{ disk: Disk; folder: string }> {
  const { value: graphs } = await lower(typedOf(REGISTRATION));
  const { value: snapshot } = seal({ graphs, capabilities: CAPABILITIES });
  const folder = `/snapshots/${snapshot.id}`;
  const disk: Disk = new Map([["/snapshots/current", bytes(`${snapshot.id}\n`)]]);
  for (const [path, text] of snapshot.files) disk.set(`${folder}/${path}`, bytes(text));
  return { disk, folder };
}

/** A snapshot in which files say something else, and every digest holds. Text stands as it is. */
export function resealed(disk: Disk, folder: string, changes: Readonly<Record<string, Json>>) {
  const changed: Disk = new Map();
  const put = (path: string, text: string): void => void changed.set(path, bytes(text));
  const texts = new Map(
    [...disk].flatMap(([path, data]) =>
      path.startsWith(`${folder}/graphs/`) ? [[path.slice(folder.length + 1), decode(data)]] : [],
    ) as [string, string][],
  );
  for (const [path, value] of Object.entries(changes)) {
    if (path !== "manifest.json") {
      texts.set(path, typeof value === "string" ? value : `${JSON.stringify(value)}\n`);
    }
  }
  const manifest = JSON.parse(decode(disk.get(`${folder}/manifest.json`) ?? bytes("{}")));
  manifest.files = [...texts].sort().map(([path, text]) => ({
    path,
    bytes: bytes(text).length,
    sha256: sha256(text),
  }));
  const whole = `${canonical({ ...manifest, ...(changes["manifest.json"] as object) })}\n`;
  const root = `/snapshots/${sha256(whole)}`;
  for (const [path, text] of texts) put(`${root}/${path}`, text);
  put(`${root}/manifest.json`, whole);
  return { disk: changed, folder: root };
}

export function decode(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** The part of the port that opening a snapshot uses. */
export function filesOf(disk: Disk): Files {
  const below = (folder: string): string[] =>
    [...disk.keys()].flatMap((path) =>
      path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1).split("/")[0] ?? ""] : [],
    );
  const port: Pick<Files, "standing" | "names" | "read"> = {
    standing: (path): Standing | undefined => {
      const data = disk.get(path);
      if (data !== undefined) return { kind: "file", bytes: data.length, links: 1 };
      return below(path).length > 0 ? { kind: "folder", bytes: 0, links: 2 } : undefined;
    },
    names: (folder) => [...new Set(below(folder))].sort(),
    read: (path) => {
      const data = disk.get(path);
      if (data === undefined) throw new Error(`ENOENT ${path}`);
      return data;
    },
  };
  return port as Files;
}
