/**
 * The picture of a trace: the whole graph of its workflow with the path taken lit up, drawn where
 * the compiler laid it out. It is a function of graph and records alone: no time, no locale, no
 * script, nothing loaded from outside.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import {
  type CancelledBody,
  type ClosedBody,
  isStep,
  type LedgerRecord,
  type StepBody,
} from "../../protocol/language/records.ts";
import { edgeKey, type LitPath, litPath } from "./lit-path.ts";
import { type Standing, standingOf } from "./standing.ts";
import { type DrawnEdge, drawEdge, drawLabel, type EdgeLook } from "./svg-edge.ts";
import { drawNode, endLook, type Passed, shapeOf, wayOf } from "./svg-node.ts";
import {
  CANCEL,
  FAULT,
  FONT,
  INK,
  MUTED,
  PAPER,
  PATH,
  RULE,
  STANDS,
  TINTS,
} from "./svg-palette.ts";
import { cutToFit, escapeXml, number, sizeToFit, textWidth } from "./svg-text.ts";

const MARGIN = 28;
const HEADER = 80;
const LEGEND = 40;
const WIDTH_MIN = 460;
const HEADING = { size: 16, least: 8 };
const NOTE = { size: 10, least: 6 };

/** The picture as SVG 1.1 text. */
export function pictureOf(graph: Graph, records: readonly LedgerRecord[]): string {
  const { drawing } = graph;
  const width = Math.ceil(Math.max(drawing.width + 2 * MARGIN, WIDTH_MIN));
  const height = Math.ceil(HEADER + drawing.height + MARGIN + LEGEND);
  const left = (width - drawing.width) / 2;
  const path = litPath(graph, records);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="pgs-title pgs-description" font-family="${FONT}">\n`,
    `<title id="pgs-title">${escapeXml(titleOf(graph, records))}</title>\n`,
    `<desc id="pgs-description">${escapeXml(describe(graph, path, records))}</desc>\n`,
    `<rect width="${width}" height="${height}" fill="${PAPER}"/>\n`,
    header(graph, records, width),
    `<g transform="translate(${number(left)} ${HEADER})">\n`,
    body(graph, path),
    "</g>\n",
    legend(graph, height - LEGEND / 2, width),
    "</svg>\n",
  ].join("");
}

/** What is possible lies at the bottom, the path taken on top of it, text and nodes above both. */
function body(graph: Graph, path: LitPath): string {
  const looked = graph.drawing.edges.map((edge) => [edge, edgeLook(graph, path, edge)] as const);
  const rank = (look: EdgeLook): number =>
    look.taken !== undefined ? 2 : look.way === "routed" ? 1 : 0;
  const ordered = [0, 1, 2].flatMap((wanted) => looked.filter(([, look]) => rank(look) === wanted));
  return [
    ...ordered.map(([edge, look]) => {
      const target = graph.drawing.nodes[edge.to];
      return target === undefined ? "" : drawEdge(edge, target, look);
    }),
    ...ordered.map(([edge, look]) => drawLabel(edge, look)),
    ...graph.nodes.map((node, index) => {
      const box = graph.drawing.nodes[index];
      return box === undefined ? "" : drawNode(node, box, passedIn(path, index));
    }),
  ].join("");
}

function passedIn({ nodes, cutOff, standing }: LitPath, index: number): Passed | undefined {
  const pass = nodes.get(index);
  const there = standing.get(index);
  const isCutOff = cutOff.has(index);
  if (pass === undefined && there === undefined && !isCutOff) return undefined;
  const stands = isCutOff ? "no answer" : there === undefined ? "" : standsText(there);
  return { times: 0, end: false, ...pass, step: pass?.step, stands };
}

/** What waits at one node, in a word or two. */
function standsText(there: readonly Standing[]): string {
  const [first] = there;
  const word = first === undefined ? "" : STANDS_WORDS[first.kind];
  const alike = there.every(({ kind }) => kind === first?.kind);
  return there.length === 1 ? word : `${there.length}\u00d7 ${alike ? word : "open"}`;
}

const STANDS_WORDS: Readonly<Record<Standing["kind"], string>> = {
  waiting: "waits",
  calling: "calls",
  retrying: "tries again",
};

function edgeLook(graph: Graph, path: LitPath, edge: DrawnEdge): EdgeLook {
  const target = graph.nodes[edge.to];
  const way = target === undefined ? "routed" : wayOf(target);
  if (edge.says !== undefined) {
    const begun = path.nodes.get(edge.to);
    const taken = begun && new Map([[edge.says, begun.times]]);
    const isThere = path.standing.has(edge.to) || path.cutOff.has(edge.to);
    return { taken: taken ?? (isThere ? new Map() : undefined), way };
  }
  const taken = path.edges.get(edgeKey(edge.from, edge.to));
  return { taken, way: edge.aside === true && way === "routed" ? "fault" : way };
}

function traceOf(records: readonly LedgerRecord[]): string {
  return records[0]?.trace ?? "";
}

function titleOf(graph: Graph, records: readonly LedgerRecord[]): string {
  const closed = records.at(-1);
  const end = closed?.type === "closed" ? closed.outcome : openWord(standingOf(records));
  return `${graph.workflow}, trace ${traceOf(records)}: ${end}`;
}

/** What an execution is called that has not ended. */
function openWord(standing: readonly Standing[]): string {
  return standing.some(({ kind }) => kind === "waiting") ? "waiting" : "open";
}

function describe(graph: Graph, path: LitPath, records: readonly LedgerRecord[]): string {
  const cut = path.cutOff.size === 0 ? "" : `, ${path.cutOff.size} cut off without an answer`;
  const passed = `${path.nodes.size} of ${graph.nodes.length} nodes were passed${cut}.`;
  const steps = records.filter(isTold);
  const told = steps.slice(0, DESCRIBED_MAX).map(stepText);
  const more = steps.length - told.length;
  const rest = more === 0 ? "" : `; and ${more} more steps`;
  const waits = standingOf(records).map(standingText).slice(0, DESCRIBED_MAX);
  const open = waits.length === 0 ? "" : ` It ${waits.join("; it ")}.`;
  return `${passed} The path taken: ${told.join("; ")}${rest}.${open}`;
}

/** What the path is told by. */
type ToldStep = LedgerRecord & (StepBody | CancelledBody | ClosedBody);

function isTold(record: LedgerRecord): record is ToldStep {
  return isStep(record) || record.type === "cancelled" || record.type === "closed";
}

function stepText(record: ToldStep): string {
  if (record.type === "cancelled") return `cancelled at ${record.node}`;
  if (record.type === "closed") return `ended at ${record.exit} with ${record.outcome}`;
  return `${record.node} gave ${record.outcome}`;
}

/** So many steps are told in words: whoever needs more reads the page. */
const DESCRIBED_MAX = 200;

/** What one branch waits for, in words. */
function standingText(standing: Standing): string {
  const { node } = standing;
  switch (standing.kind) {
    case "waiting": {
      const { signals, until } = standing.timer;
      const whom = signals.length === 0 ? "" : ` for ${signals.join(" or ")}`;
      return `waits at ${node}${whom} until ${until}`;
    }
    case "calling":
      return `has no answer yet at ${node}`;
    case "retrying":
      return `tries ${node} again at ${standing.retry.until}`;
  }
}

function header(graph: Graph, records: readonly LedgerRecord[], width: number): string {
  const closed = records.at(-1);
  const ended = closed?.type === "closed" ? closed : undefined;
  const standing = standingOf(records);
  const chip = ended?.outcome ?? openWord(standing).toUpperCase();
  const colour = ended === undefined ? openColour(standing) : endColour(ended, records);
  const chipWidth = textWidth(chip, NOTE.size) + 20;
  const size = sizeToFit(graph.workflow, width - 2 * MARGIN, HEADING.size, HEADING.least);
  const room = width - 2 * MARGIN - chipWidth - 10;
  const note = `trace ${traceOf(records)}`;
  const small = sizeToFit(note, room, NOTE.size, NOTE.least);
  return [
    `<text x="${MARGIN}" y="28" font-size="${size}" fill="${INK}">${escapeXml(graph.workflow)}</text>`,
    `<rect x="${MARGIN}" y="38" width="${number(chipWidth)}" height="18" rx="9" fill="${colour}"/>`,
    `<text x="${number(MARGIN + chipWidth / 2)}" y="50.6" text-anchor="middle" font-size="${NOTE.size}" fill="${PAPER}">${escapeXml(chip)}</text>`,
    `<text x="${number(MARGIN + chipWidth + 10)}" y="50.6" font-size="${small}" fill="${MUTED}">${escapeXml(note)}</text>\n`,
    standingLine(standing, width),
  ].join("");
}

function openColour(standing: readonly Standing[]): string {
  return standing.length === 0 ? MUTED : STANDS;
}

function endColour({ fault, outcome }: ClosedBody, records: readonly LedgerRecord[]): string {
  if (records.some(({ type }) => type === "cancelled")) return CANCEL;
  return fault ? FAULT : TINTS[endLook(outcome)].line;
}

/** What the first of the branches that wait waits for, and how many others do. */
function standingLine(standing: readonly Standing[], width: number): string {
  const [first] = standing;
  if (first === undefined) return "";
  const more = standing.length === 1 ? "" : ` (and ${standing.length - 1} more)`;
  const room = width - 2 * MARGIN;
  const line = `${standingText(first)}${more}`;
  const size = sizeToFit(line, room, NOTE.size, NOTE.least);
  const text = escapeXml(cutToFit(line, size, room));
  return `<text x="${MARGIN}" y="70" font-size="${size}" fill="${STANDS}">${text}</text>\n`;
}

const LEGEND_LOOKS = [
  ["transform", "transform", "transform"],
  ["effect", "effect", "effect"],
  ["external", "external", "outside"],
  ["decide", "decide", "decision"],
  ["await", "await", "wait"],
  ["fork", "map", "for each"],
  ["fork", "parallel", "side by side"],
  ["undo", "undo", "undo"],
  ["call", "enter", "call"],
  ["exit", "exit", "exit"],
] as const;

const DOTTED = 'stroke-width="1.4" stroke-dasharray="2 3"';

/** The kinds that occur, the path, and the ways out, each with its sign. */
function legend(graph: Graph, y: number, width: number): string {
  const kinds = new Set<string>(graph.nodes.map(({ kind }) => kind));
  const ways = new Set(graph.nodes.map(wayOf));
  let x = MARGIN;
  const parts: string[] = [
    `<path d="M${MARGIN} ${number(y - LEGEND / 2)}H${width - MARGIN}" stroke="${RULE}" stroke-width="1"/>`,
  ];
  const entry = (sign: string, text: string): void => {
    parts.push(sign);
    parts.push(
      `<text x="${number(x + 28)}" y="${number(y + 3)}" font-size="8.5" fill="${MUTED}">${text}</text>`,
    );
    x += 28 + textWidth(text, 8.5) + 18;
  };
  for (const [look, kind, text] of LEGEND_LOOKS) {
    if (!kinds.has(kind)) continue;
    const shape = shapeOf({ kind }, { x: x + 11, y, w: 22, h: 13 });
    entry(`<g fill="${TINTS[look].fill}" stroke="${TINTS[look].line}">${shape}</g>`, text);
  }
  const line = (colour: string, more: string): string =>
    `<path d="M${number(x)} ${number(y)}h22" stroke="${colour}" ${more}/>`;
  entry(line(PATH, 'stroke-width="2.4"'), "path taken");
  if (ways.has("fault")) entry(line(RULE, 'stroke-width="1.4"'), "fault route");
  if (ways.has("cancel")) entry(line(RULE, DOTTED), "cancel route");
  return `${parts.join("")}\n`;
}
