/** Adds to a list, however much: a spread argument list ends where the stack does. */
export function append<T>(list: T[], more: readonly T[]): void {
  for (const item of more) list.push(item);
}
