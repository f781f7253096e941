/**
 * Text in a picture: escaped, measured and made to fit. It must never let a character through that
 * XML forbids or that changes the order in which text is shown.
 */
import { visible } from "./escape.ts";

/** Advance widths of DejaVu Sans in thousandths of an em, from U+0020 to U+007E. */
const WIDTHS = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
  636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
  575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
  611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
  278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];
const FIRST = 0x20;
/** Taken for what the table does not hold; no letter of the font is wider. */
const WIDEST = 1000;

/** The width of a text in points at a font size. */
export function textWidth(text: string, size: number): number {
  let sum = 0;
  for (const letter of text) sum += WIDTHS[(letter.codePointAt(0) ?? 0) - FIRST] ?? WIDEST;
  return (sum * size) / 1000;
}

/** The text itself, or as much of its beginning as fits with an ellipsis. */
export function cutToFit(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  let kept = [...text];
  while (kept.length > 0 && textWidth(`${kept.join("")}…`, size) > width) kept = kept.slice(0, -1);
  return `${kept.join("").trimEnd()}…`;
}

/** The largest size between the bounds, in half points, at which a text fits a width. */
export function sizeToFit(
  text: string,
  width: number,
  bounds: { min: number; max: number },
): number {
  for (let size = bounds.max; size > bounds.min; size -= 0.5) {
    if (textWidth(text, size) <= width) return size;
  }
  return bounds.min;
}

/** A text as XML character data and as the value of a quoted attribute. */
export function escapeXml(text: string): string {
  return visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A coordinate, rounded to hundredths: what is written must not depend on a last bit. */
export function number(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}
