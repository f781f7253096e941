/**
 * The ten steps of `WF_ACCEPT_ORDER_V0` as plain functions, for the peers: the same work with the
 * same implementations of digests, so that what differs is the engine. It knows no engine.
 */
import { canonicalSha256 } from "../capabilities/canonical-sha256.ts";
import { canonical } from "../protocol/language/canonical.ts";

export interface Order {
  readonly customer: string;
  readonly tier: "standard" | "premium";
  readonly currency: string;
  readonly total_cents: number;
  readonly lines: readonly { readonly article: string; readonly quantity: number }[];
}

/** The n-th order: no two are alike, so each is written, none found standing. */
export function orderOf(n: number): Order {
  return {
    customer: `customer-${n}`,
    tier: n % 2 === 0 ? "standard" : "premium",
    currency: "CHF",
    total_cents: 1_000 + (n % 900_000),
    lines: [
      { article: "spring-washer-m8", quantity: 1 + (n % 40) },
      { article: "hex-bolt-m8x40", quantity: 12 },
      { article: "lock-nut-m8", quantity: 12 },
    ],
  };
}

const CURRENCIES = ["CHF", "EUR", "USD"];
const TIERS = ["standard", "premium"];
const TOTAL_MAX = 1_000_000;

export function identify(order: Order): string {
  return `OR_${canonicalSha256(order as never)}`;
}

export function isKnownCurrency(order: Order): boolean {
  return CURRENCIES.some((known) => canonical(known) === canonical(order.currency));
}

export function isUsualSize(order: Order): boolean {
  return order.total_cents <= TOTAL_MAX;
}

export function keepsRules(order: Order): boolean {
  return TIERS.includes(order.tier) && order.total_cents <= TOTAL_MAX;
}

export function assemble(order: Order, orderId: string): Record<string, unknown> {
  return { ...order, order_id: orderId };
}

export function digest(record: Record<string, unknown>): string {
  return canonicalSha256(record as never);
}

export function isFast(order: Order): boolean {
  return order.tier === "premium";
}

export function receipt(orderId: string, recordDigest: string): string {
  return `RC_${canonicalSha256({ order_id: orderId, digest: recordDigest })}`;
}
