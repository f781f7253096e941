/**
 * Our own faults. An assertion that fails means that the program is wrong, not its author's
 * protocol (a diagnostic) and not its caller (a refusal); it stops the process.
 */

export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** Stops with our own fault unless `condition` holds. The message says what should have held. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unexpected ${JSON.stringify(value)}`);
}
