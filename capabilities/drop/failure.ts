/**
 * What a failed call to the file system means for the one who asked. Reasons name the kind of
 * failure and its code, never a path.
 */
const NO_ROOM = "there is no room";
const NO_PERMISSION = "there is no permission";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EFBIG: "a file of this size is not allowed",
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: "the file system is read-only",
  ENOENT: "the folder is missing",
  ENOTDIR: "the folder is not a folder",
  ELOOP: "a link stands there",
};

/** Undefined for a failure that says nothing certain. */
export function reasonOf(
  error: unknown,
  others: Readonly<Record<string, string>> = {},
): string | undefined {
  const code = codeOf(error);
  const reason = others[code] ?? REASONS[code];
  return reason === undefined ? undefined : `${reason} (${code})`;
}

export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "no code";
}
