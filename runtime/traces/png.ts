/**
 * The picture as PNG. The only file that knows the renderer, which is loaded when the first picture
 * is asked for and draws on a thread of its own. It never uses a font of the machine: the same
 * picture and the same font file give the same pixels.
 */
import { readFileSync } from "node:fs";
import { sha256 } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";

/** Pixels a point: enough for a small picture to be sharp, less for a large one, that takes longer. */
const SCALE = { min: 1, max: 1.5 };
const PIXELS_AIMED_AT = 1_000_000;
/** Where memory ends: a picture that would be larger is drawn smaller, whatever its labels say. */
const PIXELS_MAX = 24_000_000;

/**
 * The font that stands beside this file. With another, or none, the renderer leaves labels out and
 * says nothing, so that no other is taken.
 */
const FONT_SHA256 = "4a44c9ea383d392da4ae463fa18a3629c253ec3f41a3359739ba5895723b80f9";

/**
 * Draws SVG text whose root says its width and height. `fontFile` is the path of `picture-font.ttf`.
 */
export async function renderPng(svg: string, fontFile: string): Promise<Uint8Array> {
  const font = sha256(readFileSync(fontFile));
  invariant(font === FONT_SHA256, `\`${fontFile}\` is the font of the pictures`);
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svg, {
    fitTo: { mode: "zoom", value: zoomFor(svg) },
    font: { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: "DejaVu Sans Mono" },
  });
  return image.asPng();
}

function zoomFor(svg: string): number {
  const size = /^<svg [^>]*?width="([0-9]+)" height="([0-9]+)"/.exec(svg);
  invariant(size !== null, "a picture says its size");
  const area = Number(size[1]) * Number(size[2]);
  const aimed = Math.max(SCALE.min, Math.min(SCALE.max, Math.sqrt(PIXELS_AIMED_AT / area)));
  return Math.min(aimed, Math.sqrt(PIXELS_MAX / area));
}
