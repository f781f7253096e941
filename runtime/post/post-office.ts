/**
 * The Post Office: sees to it that every event of a stream reaches each intent that subscribes to it,
 * once, in order a key. It asks for intents like everybody, is refused like everybody, and keeps no
 * truth of its own: what was delivered is what the ledger says. It never makes a choice that an
 * authored subscription did not make.
 */
import type { Json } from "../../protocol/language/json.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { DELIVERY_KEY } from "../../protocol/language/subscription.ts";
import type { Journal } from "../execution.ts";
import type { Clock, Delivered, State } from "../ports.ts";
import type { Opened } from "../sealing/sealer.ts";
import { type Delivery, type PostState, Route, type RouteStanding } from "./route.ts";
import { type Checks, checksOf, type Subscription } from "./subscription.ts";

/** Deliveries that may be under way, and positions that one subscriber is looked ahead for. */
const AT_ONCE_MAX = 64;
const AHEAD_MAX = 1_024;

export interface PostOptions {
  /** One at least. */
  readonly subscriptions: readonly Subscription[];
  readonly state: PostState & Pick<State, "streamTenants">;
  readonly open: (value: Json) => Opened;
  readonly durable: () => number;
  readonly clock: Clock;
  /**
   * Settles when what came of it is durable: an execution that has ended, or a refusal that was
   * written down. Rejects where neither came of it, and it has to be tried again.
   */
  readonly deliver: (delivery: Delivery) => Promise<void>;
  /** Settles when no execution is under way. */
  readonly quiet: () => Promise<void>;
  /** Throws a refusal where nothing new may be begun. */
  readonly refuseUnlessOpen: () => void;
  /** Told of what is nobody's refusal: our own fault, for whoever waits for none of it. */
  readonly unheard: (error: unknown) => void;
  readonly atOnceMax?: number;
  readonly aheadMax?: number;
}

export class PostOffice {
  readonly #options: PostOptions;
  readonly #checks = new Map<Subscription, Checks>();
  /** By the delivered intent's name and the tenant. */
  readonly #routes = new Map<string, Route>();
  /** Those for which there may be something to do. */
  readonly #news = new Set<Route>();
  readonly #stores: ReadonlySet<string>;
  #underWay = 0;
  /** How many more may be begun. */
  #left = Number.POSITIVE_INFINITY;
  #working: Promise<void> | undefined;
  #idle: (() => void)[] = [];
  /** Nothing is begun before it is true. */
  #open = false;
  #stopped = false;
  /** Why some are not delivered now. */
  #hindered: unknown;

  constructor(options: PostOptions) {
    this.#options = options;
    this.#stores = new Set(options.subscriptions.map(({ sealed }) => sealed.store));
  }

  /** From now on, what is due is delivered: whoever owns the runtime has begun to use it. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#wake();
  }

  /** Told of executions that have ended, when their records are durable. */
  ended(journals: readonly Journal[]): void {
    for (const { records } of journals) {
      const [opened] = records;
      if (opened?.type === "opened") this.#overFor(opened.tenant, opened.idempotency_key);
      for (const record of records) {
        if (record.type !== "effect" || record.operation !== "APPEND") continue;
        if (this.#stores.has(record.store)) this.#attend(record.tenant, record.store);
      }
    }
    this.#wake();
  }

  /**
   * Delivers what is due to all tenants, or to one. While events become durable that goes on by
   * itself; this also takes up what a former writer left. Settles when no execution is under way and
   * nothing more can be begun, or so many were: then nothing is begun afterwards.
   */
  async deliver({ tenant, mostNow }: DeliverOptions = {}): Promise<Deliveries> {
    this.#options.refuseUnlessOpen();
    this.#open = true;
    this.#left = mostNow ?? Number.POSITIVE_INFINITY;
    for (const store of this.#stores) {
      const tenants = tenant === undefined ? this.#options.state.streamTenants(store) : [tenant];
      for (const one of tenants) this.#attend(one, store);
    }
    // What went wrong before may go well now.
    for (const route of this.#routes.values()) this.#news.add(route);
    this.#hindered = undefined;
    this.#wake();
    do {
      await this.#whenIdle();
      // What a former writer began may end meanwhile, and what waits for it is then due.
      await this.#options.quiet();
    } while (!this.#isIdle);
    const standing = [...this.#routes.values()]
      .map((route) => route.standing)
      .filter((one) => tenant === undefined || one.tenant === tenant);
    return { standing, hindered: this.#hindered };
  }

  /** How far each was delivered, where that went on since this was last asked. */
  delivered(): readonly Delivered[] {
    return [...this.#routes.values()].flatMap((route) => route.delivered() ?? []);
  }

  /** Begins nothing more. What is under way goes on. */
  stop(): void {
    this.#stopped = true;
  }

  #overFor(tenant: string, key: string | null): void {
    if (key === null || !key.startsWith(DELIVERY_KEY)) return;
    const [, intent = "", position = ""] = key.split("/");
    const route = this.#routes.get(`${intent} ${tenant}`);
    if (route === undefined) return;
    route.endedElsewhere(Number(position));
    this.#news.add(route);
  }

  #attend(tenant: string, store: string): void {
    for (const subscription of this.#options.subscriptions) {
      if (subscription.sealed.store !== store) continue;
      const id = `${subscription.intent.intent} ${tenant}`;
      const route = this.#routes.get(id) ?? this.#routeTo(subscription, tenant);
      this.#routes.set(id, route);
      this.#news.add(route);
    }
  }

  #routeTo(subscription: Subscription, tenant: string): Route {
    const { state, open, durable, aheadMax = AHEAD_MAX } = this.#options;
    const checks = () => this.#checks.get(subscription);
    return new Route({ subscription, checks, tenant, state, open, durable, aheadMax });
  }

  #wake(): void {
    if (this.#working !== undefined || this.#news.size === 0 || !this.#mayBegin) return;
    this.#working = this.#work()
      .catch((error: unknown) => this.#hinder(error))
      .finally(() => {
        this.#working = undefined;
        // Something may have ended while this came to its own end.
        this.#wake();
        this.#tellIdle();
      });
  }

  get #mayBegin(): boolean {
    const { atOnceMax = AT_ONCE_MAX } = this.#options;
    return this.#open && !this.#stopped && this.#left > 0 && this.#underWay < atOnceMax;
  }

  /** One of each at a time: none waits for the whole of another. */
  async #work(): Promise<void> {
    await this.#load();
    while (this.#news.size > 0) {
      for (const route of this.#news) {
        if (!this.#mayBegin) return;
        const taken = this.#takeFrom(route);
        if (taken === "more") await this.#breath();
        else if (taken === undefined) this.#news.delete(route);
        else void this.#begin(route, taken);
      }
    }
  }

  /** What hinders one, a key that cannot be read, hinders no other. */
  #takeFrom(route: Route): Delivery | "more" | undefined {
    try {
      return route.take();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#hindered = error;
      return undefined;
    }
  }

  async #load(): Promise<void> {
    for (const subscription of this.#options.subscriptions) {
      if (this.#checks.has(subscription)) continue;
      this.#checks.set(subscription, await checksOf(subscription.sealed));
    }
  }

  async #begin(route: Route, delivery: Delivery): Promise<void> {
    this.#underWay += 1;
    this.#left -= 1;
    try {
      await this.#options.deliver(delivery);
      route.ended(delivery.position);
      this.#news.add(route);
    } catch (error) {
      // Not tried again until there is other news of it: what hinders it may last.
      route.giveBack(delivery.position);
      this.#news.delete(route);
      if (error instanceof Refusal) this.#hindered = error;
      else this.#hinder(error);
    } finally {
      this.#underWay -= 1;
      this.#wake();
      this.#tellIdle();
    }
  }

  /** Our own fault, or a ledger that failed: nothing more is delivered by this process. */
  #hinder(error: unknown): void {
    this.#hindered = error;
    this.#stopped = true;
    if (!(error instanceof Refusal)) this.#options.unheard(error);
  }

  #breath(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.timer(0, resolve));
  }

  /** Nothing is under way, and nothing can be begun. */
  get #isIdle(): boolean {
    return this.#underWay === 0 && this.#working === undefined;
  }

  #whenIdle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #tellIdle(): void {
    if (this.#isIdle) for (const told of this.#idle.splice(0)) told();
  }
}

/** What delivering came to. */
export interface Deliveries {
  /** Where each tenant's events stand on their way to each subscriber. */
  readonly standing: readonly RouteStanding[];
  /** Why something was not delivered that can be tried again; undefined where nothing was. */
  readonly hindered: unknown;
}

export interface DeliverOptions {
  /** All of them, unless told. */
  readonly tenant?: string;
  /** So many deliveries are begun at most, and none after them. */
  readonly mostNow?: number;
}
