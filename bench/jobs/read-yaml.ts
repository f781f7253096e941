/** The job behind a floor of the compile section: the YAML library over the same texts, no more. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

export interface ReadYamlAnswer {
  readonly seconds: number;
  readonly documents: number;
}

export function readYaml({ folder }: { readonly folder: string }): ReadYamlAnswer {
  const begun = performance.now();
  let documents = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".yaml")) continue;
    documents += parseAllDocuments(readFileSync(join(folder, name), "utf8")).length;
  }
  return { seconds: (performance.now() - begun) / 1_000, documents };
}
