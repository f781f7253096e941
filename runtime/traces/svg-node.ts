/**
 * One node of a picture: a shape by its kind, its name, what it does, and its number on the path.
 * The shapes are those of flow charts: a cylinder stores, a hexagon decides, double bars call, round
 * ends begin and end, and what points out of the page reaches the outside. It never draws outside
 * the box that the drawing gives it, its number excepted.
 */
import { captionOf, SUBTITLE_SIZE, TITLE_SIZE } from "../../protocol/language/drawing.ts";
import { type Drawing, type GraphNode, ON_CANCEL } from "../../protocol/language/graph.ts";
import { unreachable } from "../../protocol/language/invariant.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../protocol/language/names.ts";
import { FAINT, INK, type Look, MUTED, PAPER, PATH, RULE, STANDS, TINTS } from "./svg-palette.ts";
import { cutToFit, escapeXml, number, sizeToFit, textWidth } from "./svg-text.ts";

export type Box = Drawing["nodes"][number];

/** Below this height there is room for the name alone. */
const TWO_LINES_MIN = 30;
const LEAST_SIZE = 6;
/** From the text to the box's side, where the box is narrower than its caption asks. */
const INSET = 6;
const BADGE_RADIUS = 8.5;

/** How a node looks, by its kind. */
export function lookOf(node: GraphNode): Look {
  switch (node.kind) {
    case "effect":
    case "external":
      return undoesAnother(node) ? "undo" : node.kind;
    case "transform":
    case "decide":
    case "await":
    case "undo":
      return node.kind;
    case "map":
    case "parallel":
      return "fork";
    case "enter":
    case "leave":
    case "join":
      return "call";
    case "exit": {
      const way = wayOf(node);
      return way === "routed" ? endLook(node.outcome) : way;
    }
    default:
      return unreachable(node);
  }
}

/** No end in which something was undone looks like one in which all went well. */
export function endLook(outcome: string): "exit" | "undo" | "fault" {
  if (outcome === PARTLY_COMPENSATED) return "fault";
  return outcome === COMPENSATED ? "undo" : "exit";
}

/** What undoes has no edges, and is called after what it undoes. */
function undoesAnother({ name, edges }: GraphNode): boolean {
  return edges.length === 0 && name.endsWith("/compensate");
}

/** What an author routes; the fault route; where what is cancelled goes. */
export type Way = "routed" | "fault" | "cancel";

/** On which way a node lies: the end of one, where a called workflow's own ends, or what undoes before. */
export function wayOf(node: GraphNode): Way {
  switch (node.kind) {
    case "exit":
      return node.cancel === true ? "cancel" : node.fault ? "fault" : "routed";
    case "undo":
      if (node.origin.node === ON_CANCEL) return "cancel";
      return node.origin.node === ON_FAULT ? "fault" : "routed";
    case "leave":
      return node.outcome === "FAULT" ? "fault" : "routed";
    case "join":
      return node.fault ? "fault" : "routed";
    default:
      return "routed";
  }
}

/** What every workflow calls the end of its fault route. */
const ON_FAULT = "on_fault";

/** What an execution has to do with a node. */
export interface Passed {
  /** Its number on the path, from 1; undefined where it stands there for the first time. */
  readonly step: number | undefined;
  readonly times: number;
  /** True for the exit at which the execution ended: not for one that could not give its result. */
  readonly end: boolean;
  /** In a word or two, what waits there; empty where nothing does. */
  readonly stands: string;
}

/** A node's elements; `passed` is undefined off the path. */
export function drawNode(node: GraphNode, box: Box, passed: Passed | undefined): string {
  const look = lookOf(node);
  const lit = passed !== undefined;
  const solid = passed?.end === true && node.kind === "exit";
  const hollow = lit && node.kind === "exit" && !solid;
  const aside = !lit && wayOf(node) !== "routed";
  const stroke = lit ? TINTS[look].line : aside ? RULE : FAINT;
  const fill = solid ? TINTS[look].line : lit && !hollow ? TINTS[look].fill : PAPER;
  const dashes = aside ? ' stroke-dasharray="4 3"' : "";
  const { title, subtitle } = captionOf(node);
  const name = lit ? (solid ? PAPER : INK) : MUTED;
  const detail = solid ? PAPER : lit ? TINTS[look].line : FAINT;
  return [
    `<g><title>${escapeXml(`${title}: ${subtitle}`)}</title>`,
    `<g fill="${fill}" stroke="${stroke}" stroke-width="${lit ? 1.8 : 1}"${dashes}>${shapeOf(node, box)}</g>`,
    labels(node, box, { name, detail }),
    lit ? badge(node, box, passed) : "",
    lit && passed.stands !== "" ? standing(box, passed.stands) : "",
    "</g>\n",
  ].join("");
}

function labels(node: GraphNode, box: Box, colours: { name: string; detail: string }): string {
  const { title, subtitle } = captionOf(node);
  const room = box.w - 2 * INSET;
  const line = (text: string, size: number, y: number): string => {
    const fitting = sizeToFit(text, room, size, LEAST_SIZE);
    const at = `x="${number(box.x)}" y="${number(y)}"`;
    return `<text ${at} text-anchor="middle" font-size="${fitting}">${escapeXml(cutToFit(text, fitting, room))}</text>`;
  };
  const name = (y: number) => `<g fill="${colours.name}">${line(title, TITLE_SIZE, y)}</g>`;
  if (box.h < TWO_LINES_MIN) return name(box.y + TITLE_SIZE * 0.36);
  const sink = node.kind === "effect" ? 3 : 0;
  const detail = line(subtitle, SUBTITLE_SIZE, box.y + 11 + sink);
  return `${name(box.y - 2 + sink)}<g fill="${colours.detail}">${detail}</g>`;
}

/** Beside the text, on the side where no edge arrives: those of other ways come from the left. */
function badge(node: GraphNode, box: Box, { step, times }: Passed): string {
  if (step === undefined) return "";
  const way = wayOf(node);
  const text = times > 1 ? `${times}\u00d7` : String(step);
  const half = Math.max(BADGE_RADIUS, textWidth(text, 9) / 2 + 4);
  const side = way === "routed" ? -box.w / 2 : box.w / 2;
  const colour = way === "routed" ? PATH : TINTS[way].line;
  return pill({ x: box.x + side, y: box.y, half }, text, colour);
}

/** A frame around the box, and what waits there, below its right corner. */
function standing({ x, y, w, h }: Box, text: string): string {
  const gap = 4;
  const half = textWidth(text, 9) / 2 + 6;
  const frame = { x, y, w: w + 2 * gap, h: h + 2 * gap };
  return (
    `<g fill="none" stroke="${STANDS}" stroke-width="1.6" stroke-dasharray="6 3">${rectangle(frame, 7)}</g>` +
    pill({ x: x + w / 2 + gap - Math.min(half, w / 2), y: y + h / 2 + gap, half }, text, STANDS)
  );
}

function pill(
  { x, y, half }: { readonly x: number; readonly y: number; readonly half: number },
  text: string,
  colour: string,
): string {
  return (
    `<rect x="${number(x - half)}" y="${number(y - BADGE_RADIUS)}" width="${number(half * 2)}" height="${BADGE_RADIUS * 2}" rx="${BADGE_RADIUS}" fill="${colour}" stroke="${PAPER}" stroke-width="1.5"/>` +
    `<text x="${number(x)}" y="${number(y + 3.3)}" text-anchor="middle" font-size="9" fill="${PAPER}">${escapeXml(text)}</text>`
  );
}

/** The outline of a node's kind in a box; the colours stand on the group around it. */
export function shapeOf(node: Pick<GraphNode, "kind">, box: Box): string {
  switch (node.kind) {
    case "transform":
      return rectangle(box, 5);
    case "effect":
      return cylinder(box);
    case "external":
      return pointer(box);
    case "decide":
      return hexagon(box);
    case "enter":
      return rectangle(box, 2) + bars(box);
    case "leave":
    case "join":
    case "exit":
      return rectangle(box, box.h / 2);
    case "await":
      return awaiting(box);
    case "map":
      return stacked(box);
    case "parallel":
      return rectangle(box, 2) + beams(box);
    case "undo":
      return turned(box);
    default:
      return unreachable(node.kind);
  }
}

function rectangle({ x, y, w, h }: Box, radius: number): string {
  return `<rect x="${number(x - w / 2)}" y="${number(y - h / 2)}" width="${number(w)}" height="${number(h)}" rx="${number(radius)}"/>`;
}

function bars({ x, y, w, h }: Box): string {
  const inset = 5;
  const bar = (at: number): string => `M${number(at)} ${number(y - h / 2)}v${number(h)}`;
  return `<path d="${bar(x - w / 2 + inset)}${bar(x + w / 2 - inset)}" fill="none"/>`;
}

/** The sign of a signal that is sent: a box whose right side points outwards. */
function pointer({ x, y, w, h }: Box): string {
  const tip = Math.min(12, w / 4);
  return polygon([
    [x - w / 2, y - h / 2],
    [x + w / 2 - tip, y - h / 2],
    [x + w / 2, y],
    [x + w / 2 - tip, y + h / 2],
    [x - w / 2, y + h / 2],
  ]);
}

/** A box cut in at both sides, as an hour glass lying down. */
function awaiting({ x, y, w, h }: Box): string {
  const notch = Math.min(9, w / 5);
  return polygon([
    [x - w / 2, y - h / 2],
    [x + w / 2, y - h / 2],
    [x + w / 2 - notch, y],
    [x + w / 2, y + h / 2],
    [x - w / 2, y + h / 2],
    [x - w / 2 + notch, y],
  ]);
}

/** Several sheets one behind the other. */
function stacked({ x, y, w, h }: Box): string {
  const shift = 3;
  const sheet = (at: number): string =>
    rectangle(
      { x: x + (1 - at) * shift, y: y - (1 - at) * shift, w: w - 2 * shift, h: h - 2 * shift },
      3,
    );
  return sheet(0) + sheet(1) + sheet(2);
}

/** The two bars between which things happen side by side. */
function beams({ x, y, w, h }: Box): string {
  const inset = Math.min(4, h / 6);
  const beam = (at: number): string => `M${number(x - w / 2)} ${number(at)}h${number(w)}`;
  return `<path d="${beam(y - h / 2 + inset)}${beam(y + h / 2 - inset)}" fill="none"/>`;
}

/** What points back: the mirror image of what reaches the outside. */
function turned({ x, y, w, h }: Box): string {
  const tip = Math.min(12, w / 4);
  return polygon([
    [x + w / 2, y - h / 2],
    [x - w / 2 + tip, y - h / 2],
    [x - w / 2, y],
    [x - w / 2 + tip, y + h / 2],
    [x + w / 2, y + h / 2],
  ]);
}

function hexagon({ x, y, w, h }: Box): string {
  const tip = Math.min(12, w / 4);
  return polygon([
    [x - w / 2, y],
    [x - w / 2 + tip, y - h / 2],
    [x + w / 2 - tip, y - h / 2],
    [x + w / 2, y],
    [x + w / 2 - tip, y + h / 2],
    [x - w / 2 + tip, y + h / 2],
  ]);
}

function polygon(points: readonly (readonly [x: number, y: number])[]): string {
  const text = points.map(([px, py]) => `${number(px)},${number(py)}`).join(" ");
  return `<polygon points="${text}" stroke-linejoin="round"/>`;
}

function cylinder({ x, y, w, h }: Box): string {
  const lid = Math.min(4.5, h / 6);
  const left = number(x - w / 2);
  const right = number(x + w / 2);
  const top = number(y - h / 2 + lid);
  const bottom = number(y + h / 2 - lid);
  const arc = `${number(w / 2)} ${number(lid)} 0 0`;
  return (
    `<path d="M${left} ${top}A${arc} 1 ${right} ${top}V${bottom}A${arc} 1 ${left} ${bottom}Z"/>` +
    `<path d="M${left} ${top}A${arc} 0 ${right} ${top}" fill="none"/>`
  );
}
