/**
 * Names that may become file names: the same file on every system, never a path, never a device,
 * never hidden. It depends on no other bound of the language, because programs whose digests are
 * sealed hold it.
 */

/** Letters, digits and `._-`, at most 127, and no dot first. */
export const FILE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/;

/** True for a name that is safe as a file name on every system. */
export function isFileName(text: string): boolean {
  return (
    FILE_NAME_PATTERN.test(text) &&
    !/[.]$/.test(text) &&
    !/^(con|prn|aux|nul|com[0-9]|lpt[0-9])([.]|$)/i.test(text)
  );
}
