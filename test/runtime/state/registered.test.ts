/** What surely stands in no registry: never a key that does, and of the others all but a few. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Registered } from "../../../runtime/state/registered.ts";

const place = fc.record({
  tenant: fc.constantFrom("default", "other"),
  store: fc.constantFrom("orders/orders", "orders/lines"),
});
const key = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", "a", "\u0001"),
);

test("a key that was registered may always stand", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(place, key)), (keys) => {
      const registered = new Registered(true);
      for (const [at, one] of keys) registered.add(at, one);
      for (const [at, one] of keys) expect(registered.mayStand(at, one)).toBe(true);
    }),
  );
});

test("a key that was not is told, in its own place and tenant, but for a few", () => {
  const registered = new Registered(true);
  const orders = { tenant: "default", store: "orders/orders" };
  expect(registered.mayStand(orders, "OR_0")).toBe(false);
  for (let at = 0; at < 100_000; at += 1) registered.add(orders, `OR_${at}`);
  let unsure = 0;
  for (const other of [
    { ...orders, tenant: "other" },
    { ...orders, store: "orders/lines" },
  ]) {
    for (let at = 0; at < 10_000; at += 1) unsure += Number(registered.mayStand(other, `OR_${at}`));
  }
  for (let at = 0; at < 10_000; at += 1) unsure += Number(registered.mayStand(orders, `XR_${at}`));
  expect(unsure).toBeLessThan(10);
});

test("where keys stand that it has not seen, every key may", () => {
  const registered = new Registered(false);
  registered.add({ tenant: "default", store: "a/b" }, "known");
  expect(registered.mayStand({ tenant: "default", store: "a/b" }, "unknown")).toBe(true);
});
