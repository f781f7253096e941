/**
 * A server on loopback that is asked by processes which are killed: it writes down every request with
 * its key, and answers those that it has in any order, one after another, the same order for the same
 * seed. What to answer, the test says; it never says whether an answer arrived.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly path: string;
  readonly key: string;
  readonly body: string;
  /** How often this was asked before, by path and body. */
  readonly before: number;
}

/** Answered, in an encoding that nobody asked for, or never. */
export type Reply = "told" | "unreadable" | "never";

export interface Moment {
  readonly what: "asked" | "answered";
  /** How often that has been so far, this one included. */
  readonly count: number;
  readonly of: Asked;
}

export interface Switchboard {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Forgets all; from now on it answers like that, and tells of each moment. */
  readonly begin: (like: {
    readonly seed: number;
    readonly reply: (asked: Asked) => Reply;
    readonly moment?: (moment: Moment) => void;
  }) => void;
  /** Answers as before, another process, and tells of each moment. */
  readonly goOn: (moment?: (moment: Moment) => void) => void;
  readonly close: () => void;
}

const TURN_MS = 5;

interface Held {
  readonly asked: Asked;
  readonly response: ServerResponse;
}

export async function openSwitchboard(): Promise<Switchboard> {
  const asked: Asked[] = [];
  const held: Held[] = [];
  let answered = 0;
  let like: Parameters<Switchboard["begin"]>[0] = { seed: 1, reply: () => "told" };
  let random = 1;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const path = request.url ?? "";
      const before = asked.filter((one) => one.path === path && one.body === body).length;
      const one = { path, key: String(request.headers["idempotency-key"]), body, before };
      asked.push(one);
      like.moment?.({ what: "asked", count: asked.length, of: one });
      if (like.reply(one) !== "never") held.push({ asked: one, response });
    });
  });
  const turn = setInterval(() => {
    random = (random * 48_271) % 2_147_483_647;
    const [next] = held.splice(random % Math.max(1, held.length), 1);
    if (next === undefined) return;
    if (like.reply(next.asked) === "unreadable") {
      next.response.setHeader("content-encoding", "gzip");
    }
    next.response.end(next.asked.body);
    answered += 1;
    like.moment?.({ what: "answered", count: answered, of: next.asked });
  }, TURN_MS);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    begin(next) {
      asked.length = 0;
      held.length = 0;
      answered = 0;
      random = next.seed;
      like = next;
    },
    goOn(moment) {
      held.length = 0;
      like = { seed: like.seed, reply: like.reply, ...(moment === undefined ? {} : { moment }) };
    },
    close() {
      clearInterval(turn);
      server.closeAllConnections();
      server.close();
    },
  };
}
