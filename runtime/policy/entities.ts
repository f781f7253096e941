/**
 * Who is what: the principal that asks has attributes, is in its roles and in its tenant. Of all
 * other entities nothing is known but their names, and each is in itself.
 */
import type { Evaluate, Places, Reading } from "./places.ts";
import {
  CannotEvaluate,
  type Entity,
  isEntity,
  isRecord,
  isSet,
  sameEntity,
  type Value,
} from "./values.ts";

export interface Scene {
  readonly places: Places;
  /** What is asked for. */
  readonly action: Entity;
}

/** Whether an entity is in another one, or in one of a set. */
export function membership({ places }: Scene): (a: Value, b: Value, reading: Reading) => boolean {
  const principalIn = principalMembership(places);
  const name = places.name();
  const isIn = (a: Entity, b: Entity, reading: Reading): boolean => {
    if (sameEntity(a, b)) return true;
    if (a.type !== "Principal" || a.id !== name(reading)) return false;
    return b.type !== "Principal" && principalIn(b)(reading);
  };
  return (a, b, reading) => {
    const member = entityOf(a);
    const groups = isSet(b) ? b.map(entityOf) : [entityOf(b)];
    return groups.some((group) => isIn(member, group, reading));
  };
}

/** Whether the principal that asks is in an entity; it reads no more than that takes. */
export function principalMembership(
  places: Places,
): (group: Entity) => (reading: Reading) => boolean {
  const [name, roles, tenant] = [places.name(), places.roles(), places.tenant()];
  return ({ type, id }) => {
    switch (type) {
      case "Principal":
        return (reading) => name(reading) === id;
      case "Tenant":
        return (reading) => tenant(reading) === id;
      case "Role":
        return (reading) => (roles(reading) as readonly Value[]).includes(id);
      case "Action":
        return () => false;
    }
  };
}

export interface Attribute {
  readonly has: (value: Value, reading: Reading) => boolean;
  readonly get: (value: Value, reading: Reading) => Value;
}

/** A member of a record, or an attribute of the principal that asks. */
export function attribute({ places }: Scene, name: string): Attribute {
  const own: { readonly has: Evaluate; readonly get: Evaluate } = {
    has: places.presence("attributes", [name]),
    get: places.value("attributes", [name]),
  };
  const asks = places.name();
  const isKnown = ({ type, id }: Entity, reading: Reading) =>
    type === "Principal" && id === asks(reading);
  return {
    has(value, reading) {
      if (isRecord(value)) return value.has(name);
      const entity = entityOf(value);
      return isKnown(entity, reading) && own.has(reading) === true;
    },
    get(value, reading) {
      if (isRecord(value)) {
        const found = value.get(name);
        if (found === undefined) throw new CannotEvaluate(`a record has no member \`${name}\``);
        return found;
      }
      const entity = entityOf(value);
      if (isKnown(entity, reading)) return own.get(reading);
      throw new CannotEvaluate(`nothing is known of another ${entity.type} than who asks`);
    },
  };
}

export function entityOf(value: Value): Entity {
  if (isEntity(value)) return value;
  throw new CannotEvaluate("expected an entity");
}
