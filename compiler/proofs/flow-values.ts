/**
 * What of which source a value may hold, place by place: explicitly, because it was copied or
 * computed from it, or implicitly, because what it is told which way was taken.
 */
import type { Binding, SealStep, Step } from "../../protocol/language/graph.ts";
import type { Label } from "../../protocol/language/names.ts";
import { merged, type Places, placesAt, placesInEach, under, underEvery } from "../types/labels.ts";

/** A source, by its number; the same, where only the way tells of it. */
export type Token = `explicit ${number}` | `implicit ${number}`;

/** As places of labels are kept, with tokens in place of labels: they follow values the same way. */
export type Held = Places;

export function heldAt(path: readonly SealStep[], tokens: Iterable<Token>): Held {
  const labels = [...tokens] as unknown as readonly Label[];
  return labels.length === 0 ? [] : [{ path, labels }];
}

export function tokensIn(held: Held): ReadonlySet<Token> {
  return new Set(held.flatMap(({ labels }) => labels as unknown as readonly Token[]));
}

export function together(...all: readonly Held[]): Held {
  return merged(all.flat());
}

export function sourceIn(token: Token): number {
  return Number(token.slice(token.indexOf(" ") + 1));
}

export function isExplicit(token: Token): boolean {
  return token.startsWith("explicit");
}

export function asImplicit(tokens: Iterable<Token>): ReadonlySet<Token> {
  return new Set([...tokens].map((token): Token => `implicit ${sourceIn(token)}`));
}

/** What a binding gives, of what stands in the slots. */
export function bound(binding: Binding, slots: readonly Held[]): Held {
  if ("read" in binding) {
    const [slot, ...steps] = binding.read;
    return stepped(slots[slot] ?? [], steps);
  }
  if ("query" in binding) {
    // Which values a filter lets by tells of what it looked at.
    return heldAt([], tokensIn(slots[binding.query[0]] ?? []));
  }
  if ("object" in binding) {
    return together(...binding.object.map(([key, inner]) => under(key, bound(inner, slots))));
  }
  if ("array" in binding) {
    return together(...binding.array.map((inner, at) => under(at, bound(inner, slots))));
  }
  return [];
}

export function stepped(held: Held, steps: readonly Step[]): Held {
  return steps.reduce<Held>((inner, step) => placesAt(inner, step), held);
}

export const heldInEach = placesInEach;
export const heldByEach = underEvery;
export const heldUnder = under;
