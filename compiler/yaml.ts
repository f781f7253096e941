/**
 * YAML text as a tree of nodes with their places: the one file that knows the package `yaml`. The
 * text is scanned first, and what the language refuses or what nests too deep is found on tokens,
 * before anything is composed from them. It never throws at a text, and never gives a value a type:
 * every scalar is its text.
 */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
} from "yaml";
import { append } from "./append.ts";
import { FORBIDDEN_TOKENS, isEcho, syntaxFault, type YamlFault } from "./yaml-faults.ts";
import { readQuickly } from "./yaml-quick.ts";
import type { YamlDocument, YamlNode, YamlScalar } from "./yaml-tree.ts";

export interface YamlStream {
  /** The documents without a fault of syntax. */
  readonly documents: readonly YamlDocument[];
  /** In the order of the text; at most one fault of syntax a document. */
  readonly faults: readonly YamlFault[];
}

/** What the first look at the text found. */
interface Scan {
  readonly tokens: readonly Token[];
  readonly faults: YamlFault[];
  readonly tooDeep: boolean;
}

type Token = Parser["stack"][number];

/** Reads a text with nesting up to `depthMax`. The text holds no control characters (see `load`). */
export function readYaml(text: string, depthMax: number): YamlStream {
  const documents = readQuickly(text, depthMax);
  return documents === null ? readAnyYaml(text, depthMax) : { documents, faults: [] };
}

/** The same for every text, through the library. */
export function readAnyYaml(text: string, depthMax: number): YamlStream {
  // The library makes an error object for each fault, and a stack trace for each of those, which is
  // nearly all of its time on a text that is wrong everywhere. Nobody reads them.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return compose(text, scanTokens(text, depthMax));
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function compose(text: string, scan: Scan): YamlStream {
  if (scan.tooDeep) return { documents: [], faults: withoutCascade(scan.faults) };
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false });
  const documents: YamlDocument[] = [];
  const faults: YamlFault[] = [];
  const waiting = scan.faults.toReversed();
  for (const document of composer.compose(scan.tokens)) {
    const refused: YamlFault[] = [];
    while ((waiting.at(-1)?.start ?? text.length) < document.range[2]) {
      const fault = waiting.pop();
      if (fault !== undefined) refused.push(fault);
    }
    append(faults, withoutCascade(refused));
    const wrong = firstFault(document);
    if (refused.some(isBreaking)) continue;
    if (wrong !== undefined) faults.push(syntaxFault(wrong.code, wrong.message, wrong.pos, text));
    else if (document.contents !== null) {
      documents.push({ root: treeOf(document.contents), sound: refused.length === 0 });
    }
  }
  append(faults, waiting);
  return { documents, faults: faults.sort((a, b) => a.start - b.start) };
}

/** Faults of the scan after which the rest of a document cannot be relied on. */
function isBreaking({ what }: YamlFault): boolean {
  return what === "unclosed-quote" || what === "unclosed-bracket" || what === "tab-indent";
}

/** Of the breaking faults the first only: the others may be its echoes. */
function withoutCascade(faults: readonly YamlFault[]): readonly YamlFault[] {
  const first = faults.find(isBreaking);
  return faults.filter((fault) => fault === first || !isBreaking(fault));
}

type Composed = Document.Parsed;

function firstFault({ errors, warnings }: Composed): Composed["errors"][number] | undefined {
  return [...errors, ...warnings]
    .filter(({ code, message }) => !isEcho(code, message))
    .reduce<Composed["errors"][number] | undefined>(
      (first, fault) => (first === undefined || fault.pos[0] < first.pos[0] ? fault : first),
      undefined,
    );
}

function scanTokens(text: string, depthMax: number): Scan {
  const parser = new Parser();
  const tokens: Token[] = [];
  const faults: YamlFault[] = [];
  let content = false;
  for (const lexeme of new Lexer().lex(text)) {
    const fault = content ? null : refusedToken(lexeme, parser, text);
    if (fault !== null) faults.push(fault);
    content = lexeme === SCALAR_FOLLOWS;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > depthMax && nesting(parser.stack) > depthMax) {
      const at = parser.offset;
      faults.push({ what: "too-deep", start: at - 1, end: at, text: String(depthMax) });
      return { tokens: [], faults, tooDeep: true };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, faults, tooDeep: false };
}

/** The lexer's mark that the next lexeme is the text of a scalar. */
const SCALAR_FOLLOWS = "\x1f";
/** The lexer's mark that a flow collection ends without its bracket. */
const FLOW_BREAKS_OFF = "\x18";

function refusedToken(lexeme: string, parser: Parser, text: string): YamlFault | null {
  const start = parser.offset;
  const end = start + lexeme.length;
  if (lexeme === FLOW_BREAKS_OFF) return brokenFlow(parser, text);
  if (lexeme.startsWith('"') || lexeme.startsWith("'")) {
    return isClosed(lexeme) ? null : { what: "unclosed-quote", start, end, text: lexeme.charAt(0) };
  }
  const what = FORBIDDEN_TOKENS[lexeme.charAt(0)];
  if (what === undefined || (what === "explicit-key" && lexeme !== "?")) return null;
  return { what, start, end, text: lexeme.trimEnd() };
}

/** The composer takes `"a\"` and `'a''` for closed; they are not. */
function isClosed(lexeme: string): boolean {
  const quote = lexeme.charAt(0);
  if (lexeme.length < 2 || !lexeme.endsWith(quote)) return false;
  const body = lexeme.slice(1, -1);
  if (quote === "'") return !/(?<!')'(?:'')*$/.test(body);
  return !/(?<!\\)\\(?:\\\\)*$/.test(body);
}

/** A tab where a line of the collection begins, or the collection's bracket that is never closed. */
function brokenFlow({ offset, stack }: Parser, text: string): YamlFault | null {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  const lead = text.slice(line, offset);
  const tab = lead.trim() === "" ? lead.indexOf("\t") : -1;
  if (tab >= 0) return { what: "tab-indent", start: line + tab, end: line + tab + 1, text: "" };
  const open = stack.findLast((token) => token.type === "flow-collection");
  if (open?.type !== "flow-collection") return null;
  const { offset: start, source } = open.start;
  const missing = source === "{" ? "}" : "]";
  return { what: "unclosed-bracket", start, end: start + 1, text: missing };
}

function nesting(stack: readonly Token[]): number {
  return stack.filter(({ type }) => type !== "document" && !type.endsWith("scalar")).length;
}

/** The library's nodes as ours. Recursion is bounded: the depth was checked. */
function treeOf(node: Node): YamlNode {
  const [start, end] = node.range ?? [0, 0];
  if (isScalar(node)) {
    return { kind: "scalar", text: String(node.source), plain: node.type === "PLAIN", start, end };
  }
  if (isMap(node)) {
    const entries = node.items.map((pair) => ({
      key: treeOf(pair.key as Node),
      value: pair.value === null ? nothingAt(pair.key as Node) : treeOf(pair.value as Node),
    }));
    const last = node.flow ? end : (entries.at(-1)?.value.end ?? end);
    return { kind: "map", entries, start, end: last };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => treeOf(item as Node));
    return { kind: "list", items, start, end: node.flow ? end : (items.at(-1)?.end ?? end) };
  }
  return isAlias(node) ? { kind: "alias", start, end } : nothingAt(node);
}

/** What stands where a key has no value, as in `{ a }`: an empty plain scalar after it. */
function nothingAt(node: Node): YamlScalar {
  const end = node.range?.[1] ?? 0;
  return { kind: "scalar", text: "", plain: true, start: end, end };
}
