/** How parts of a text for a terminal stand out. It knows no colours: whoever prints brings them. */
export interface Style {
  readonly title: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string): string => text;

/** Where there is no colour. */
export const PLAIN: Style = Object.freeze({ title: same, good: same, bad: same, faint: same });
