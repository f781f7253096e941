/**
 * What is wrong with a piece of evidence, and where it stands. A problem is data: it never repairs
 * what it names, and nothing that was found is left out but by `bounded`, which says so.
 */

export interface EvidenceProblem {
  /** In words, prefixed by what does not hold: `line/hash-differs`, `chain/gap`. */
  readonly code: string;
  /** As the caller named it; null for what concerns no single file. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** The byte, from 0, at which the line begins. */
  readonly position: number | null;
  readonly message: string;
}

/** A place in a file of evidence. */
export interface EvidencePlace {
  readonly file: string;
  readonly line: number;
  readonly position: number;
}

export function problemAt(
  { file, line, position }: EvidencePlace,
  code: string,
  message: string,
): EvidenceProblem {
  return { code, file, line, position, message };
}

/** A problem of a whole file, or of none. */
export function problemOf(file: string | null, code: string, message: string): EvidenceProblem {
  return { code, file, line: null, position: null, message };
}

/** More than a person reads; one broken file must not fill the memory. */
const PROBLEMS_MAX = 1_000;

/** A list of problems that stops growing and then counts. */
export interface ProblemList {
  readonly add: (problem: EvidenceProblem) => void;
  readonly problems: () => readonly EvidenceProblem[];
}

export function problemList(): ProblemList {
  const kept: EvidenceProblem[] = [];
  let beyond = 0;
  return {
    add: (problem) => {
      if (kept.length < PROBLEMS_MAX) kept.push(problem);
      else beyond += 1;
    },
    problems: () =>
      beyond === 0
        ? kept
        : [...kept, problemOf(null, "evidence/more", `${beyond} more problems are not listed`)],
  };
}
