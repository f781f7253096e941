/**
 * Text in a picture: escaped, measured and made to fit. It must never let a character through that
 * XML forbids or that changes the order in which text is shown.
 */
import { visible } from "./escape.ts";

/** Of a fixed-width font, in parts of its size; DejaVu Sans Mono has 0.602. */
const CHARACTER_WIDTH = 0.602;

/** The width of a text in points at a font size: every character is as wide as any other. */
export function textWidth(text: string, size: number): number {
  return [...text].length * CHARACTER_WIDTH * size;
}

/** The text itself, or as much of its beginning as fits with an ellipsis. */
export function cutToFit(text: string, size: number, width: number): string {
  const letters = [...text];
  const room = Math.floor(width / (CHARACTER_WIDTH * size) + ROUNDING);
  return letters.length <= room ? text : `${letters.slice(0, Math.max(0, room - 1)).join("")}…`;
}

/** The size itself, or as much less, down to `least`, as a text needs to fit a width. */
export function sizeToFit(text: string, width: number, size: number, least: number): number {
  const fitting = Math.floor((20 * width * size) / textWidth(text, size) + ROUNDING) / 20;
  return Math.max(least, Math.min(size, fitting));
}

/** A box that was made for its text must not cut it for a last bit. */
const ROUNDING = 1e-6;

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
