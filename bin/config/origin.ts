/** Where a setting's value comes from. A value without an origin is never used. */

export type Origin =
  | { readonly kind: "default" }
  | {
      readonly kind: "file";
      readonly file: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "flag"; readonly flag: string };

/** As it is shown; of a file, the place. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}:${origin.column}`;
    case "environment":
      return origin.variable;
    case "flag":
      return origin.flag;
  }
}

/** The same before a sentence that says what is wrong there. */
export function originHead(origin: Origin): string {
  return origin.kind === "file" ? originText(origin) : `\`${originText(origin)}\``;
}
