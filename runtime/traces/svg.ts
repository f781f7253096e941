/**
 * The picture of a trace: the whole graph of its workflow with the path taken lit up, drawn where
 * the compiler laid it out. It is a function of graph and records alone: no time, no locale, no
 * script, nothing loaded from outside.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { isStep, type LedgerRecord } from "../../protocol/language/records.ts";
import { edgeKey, type LitPath, litPath } from "./lit-path.ts";
import { type DrawnEdge, drawEdge, drawLabel, type EdgeLook } from "./svg-edge.ts";
import { drawNode, isFaultEnd, lookOf, shapeOf } from "./svg-node.ts";
import { FAULT, FONT, INK, type Look, MUTED, PAPER, PATH, RULE, TINTS } from "./svg-palette.ts";
import { escapeXml, number, sizeToFit, textWidth } from "./svg-text.ts";

const MARGIN = 28;
const HEADER = 72;
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
  const rank = (look: EdgeLook): number => (look.taken !== undefined ? 2 : look.fault ? 0 : 1);
  const ordered = [0, 1, 2].flatMap((wanted) => looked.filter(([, look]) => rank(look) === wanted));
  const passed = new Map(
    path.nodes.map((node, at) => [node, { step: at + 1, end: at === path.nodes.length - 1 }]),
  );
  return [
    ...ordered.map(([edge, look]) => {
      const target = graph.drawing.nodes[edge.to];
      return target === undefined ? "" : drawEdge(edge, target, look);
    }),
    ...ordered.map(([edge, look]) => drawLabel(edge, look)),
    ...graph.nodes.map((node, index) => {
      const box = graph.drawing.nodes[index];
      return box === undefined ? "" : drawNode(node, box, passed.get(index));
    }),
  ].join("");
}

function edgeLook(graph: Graph, path: LitPath, edge: DrawnEdge): EdgeLook {
  const target = graph.nodes[edge.to];
  return {
    taken: path.edges.get(edgeKey(edge.from, edge.to)),
    fault: edge.aside === true || (target !== undefined && isFaultEnd(target)),
  };
}

function traceOf(records: readonly LedgerRecord[]): string {
  return records[0]?.trace ?? "";
}

function titleOf(graph: Graph, records: readonly LedgerRecord[]): string {
  const closed = records.at(-1);
  const end = closed?.type === "closed" ? closed.outcome : "open";
  return `${graph.workflow}, trace ${traceOf(records)}: ${end}`;
}

function describe(graph: Graph, path: LitPath, records: readonly LedgerRecord[]): string {
  const steps = records.flatMap((record) => {
    if (isStep(record)) return [`${record.node} gave ${record.outcome}`];
    if (record.type === "cancelled") return [`cancelled at ${record.node}`];
    return record.type === "closed" ? [`ended at ${record.exit} with ${record.outcome}`] : [];
  });
  const passed = `${path.nodes.length} of ${graph.nodes.length} nodes were passed.`;
  return `${passed} The path taken: ${steps.join("; ")}.`;
}

function header(graph: Graph, records: readonly LedgerRecord[], width: number): string {
  const closed = records.at(-1);
  const ended = closed?.type === "closed" ? closed : undefined;
  const chip = ended?.outcome ?? "OPEN";
  const isAside = ended?.fault === true || records.at(-2)?.type === "cancelled";
  const colour = ended === undefined ? MUTED : isAside ? FAULT : PATH;
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
  ].join("");
}

const LEGEND_LOOKS = [
  ["transform", "transform", "transform"],
  ["effect", "effect", "effect"],
  ["external", "external", "outside"],
  ["decide", "decide", "decision"],
  ["call", "enter", "call"],
  ["exit", "exit", "exit"],
] as const;

/** The kinds that occur, the path, and the fault route, each with its sign. */
function legend(graph: Graph, y: number, width: number): string {
  const looks = new Set<Look>(graph.nodes.map(lookOf));
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
    if (!looks.has(look)) continue;
    const shape = shapeOf({ kind }, { x: x + 11, y, w: 22, h: 13 });
    entry(`<g fill="${TINTS[look].fill}" stroke="${TINTS[look].line}">${shape}</g>`, text);
  }
  const line = (colour: string, more: string): string =>
    `<path d="M${number(x)} ${number(y)}h22" stroke="${colour}" ${more}/>`;
  entry(line(PATH, 'stroke-width="2.4"'), "path taken");
  if (looks.has("fault")) entry(line(RULE, 'stroke-width="1.4"'), "fault route");
  return `${parts.join("")}\n`;
}
