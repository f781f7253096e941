/**
 * What a policy asks, as data: Cedar's expressions, reduced to those that differ. The compiler makes
 * it of statements that Cedar has checked, the runtime evaluates it as Cedar would; there is no text
 * in it to parse, and nothing that is not in this list.
 */

/** Who and what there is in the generated schema. */
export const ENTITY_TYPES = Object.freeze(["Principal", "Role", "Tenant", "Action"] as const);
export type EntityType = (typeof ENTITY_TYPES)[number];

/** Of one value. `neg` is arithmetic, `!` is logic. */
export const UNARY = Object.freeze(["!", "neg", "isEmpty"] as const);
/** Of two, both of which are always asked for, the left one first. */
export const BINARY = Object.freeze([
  "==",
  "<",
  "<=",
  "+",
  "-",
  "*",
  "contains",
  "containsAll",
  "containsAny",
] as const);
/** Of several, up to the first that decides. */
export const CHAINS = Object.freeze(["&&", "||"] as const);
export const VARIABLES = Object.freeze(["principal", "action", "resource", "context"] as const);

export type UnaryOperator = (typeof UNARY)[number];
export type BinaryOperator = (typeof BINARY)[number];

/**
 * `has`: the members stand within each other. `like`: the texts that stand between the wildcards, so
 * that one text alone is the whole. `is`: where `in` is given, of that type and in that. A whole
 * number is one that JSON holds exactly.
 */
export type CedarExpression =
  | { readonly op: "value"; readonly value: string | number | boolean }
  | { readonly op: "entity"; readonly type: EntityType; readonly id: string }
  | { readonly op: (typeof VARIABLES)[number] }
  | { readonly op: "get"; readonly of: CedarExpression; readonly name: string }
  | { readonly op: "has"; readonly of: CedarExpression; readonly names: readonly string[] }
  | { readonly op: UnaryOperator; readonly of: CedarExpression }
  | {
      readonly op: BinaryOperator;
      readonly left: CedarExpression;
      readonly right: CedarExpression;
    }
  | { readonly op: "in"; readonly left: CedarExpression; readonly right: CedarExpression }
  | { readonly op: (typeof CHAINS)[number]; readonly all: readonly CedarExpression[] }
  | { readonly op: "like"; readonly of: CedarExpression; readonly texts: readonly string[] }
  | {
      readonly op: "is";
      readonly of: CedarExpression;
      readonly type: EntityType;
      readonly in?: CedarExpression;
    }
  | {
      readonly op: "if";
      readonly test: CedarExpression;
      readonly yes: CedarExpression;
      readonly no: CedarExpression;
    }
  | { readonly op: "set"; readonly items: readonly CedarExpression[] }
  /** Pairs, since any text may be a name. */
  | { readonly op: "record"; readonly members: readonly (readonly [string, CedarExpression])[] };
