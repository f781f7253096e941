/** The HTTP call against real servers: what is sent, what is given back, what is never said. */
import { describe, expect, it } from "vitest";
import { HTTP_LIMITS } from "../../capabilities/http/settings.ts";
import { AUTHORITY, answering, calling, closedPort, KEY, local, serving } from "./http-servers.ts";

function urlOf(port: number, path = "/"): string {
  return `http://127.0.0.1:${port}${path}`;
}

describe("a request", () => {
  it("is sent once, as it was asked for, with the key and no more", async () => {
    const server = await serving((_, response) => {
      response.writeHead(201, { "Content-Type": "text/plain; charset=UTF-8", "X-One": "1" });
      response.end("gemacht ✓");
    });
    const answer = await calling(
      {
        method: "POST",
        url: urlOf(server.port, "/orders?of=a%20b"),
        headers: { "Content-Type": "application/json", "X-Trace": "t 1" },
        body: '{"größe":1}',
      },
      local(server.port),
    );
    expect(answer).toMatchObject({
      outcome: "RESPONSE",
      output: {
        status: 201,
        headers: { "content-type": "text/plain; charset=UTF-8", "x-one": "1" },
        body: "gemacht ✓",
      },
    });
    expect(server.asked).toHaveLength(1);
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: "POST", url: "/orders?of=a%20b", body: '{"größe":1}' });
    expect(asked?.headers).toEqual({
      "content-type": "application/json",
      "x-trace": "t 1",
      host: `127.0.0.1:${server.port}`,
      "idempotency-key": KEY,
      "accept-encoding": "identity",
      connection: "close",
      "content-length": "13",
    });
  });

  it.each(["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])(
    "%s reaches the server",
    async (method) => {
      const server = await serving((_, response) => response.end("ok"));
      const answer = await calling({ method, url: urlOf(server.port) }, local(server.port));
      const body = method === "HEAD" ? "" : "ok";
      expect(answer).toMatchObject({ outcome: "RESPONSE", output: { status: 200, body } });
      expect(server.asked.map((asked) => asked.method)).toEqual([method]);
    },
  );

  it("has the same key with every attempt, and a connection of its own", async () => {
    const server = await serving((_, response) => response.end());
    for (let times = 0; times < 3; times += 1) {
      await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    }
    expect(server.asked.map(({ headers }) => headers["idempotency-key"])).toEqual([KEY, KEY, KEY]);
    expect(server.connections()).toBe(3);
  });
});

describe("an answer", () => {
  it.each([204, 301, 302, 307, 308, 404, 500, 503])(
    "of status %i is given back as it is",
    async (status) => {
      const server = await serving((_, response) => {
        response.writeHead(status, { Location: "http://elsewhere.test/" });
        response.end();
      });
      const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
      const headers = { location: "http://elsewhere.test/" };
      expect(answer).toMatchObject({ outcome: "RESPONSE", output: { status, headers, body: "" } });
      expect(server.connections()).toBe(1);
    },
  );

  it("that comes in pieces is put together, even within a character", async () => {
    const bytes = Buffer.from("a€b", "utf8");
    const server = await serving((_, response) => {
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    });
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    expect(answer).toMatchObject({ outcome: "RESPONSE", output: { body: "a€b" } });
  });

  it("keeps no header of the connection and no cookie, and joins several of one name", async () => {
    const server = await answering((socket) =>
      socket.end(
        "HTTP/1.1 200 OK\r\nKeep-Alive: 1\r\nSet-Cookie: a=b\r\n__proto__: x\r\nVary: a\r\nVARY: b\r\nContent-Length: 2\r\n\r\nok",
      ),
    );
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    expect(answer).toEqual({
      outcome: "RESPONSE",
      output: { status: 200, headers: { vary: "a, b", "content-length": "2" }, body: "ok" },
    });
  });

  it("exactly as large as allowed is taken, one byte more is UNREADABLE", async () => {
    const server = await serving((request, response) =>
      response.end("x".repeat(Number(request.url?.slice(1)))),
    );
    const of = (bytes: number) =>
      calling(
        { method: "GET", url: urlOf(server.port, `/${bytes}`) },
        local(server.port, { response_bytes_max: 1000 }),
      );
    expect(await of(1000)).toMatchObject({ outcome: "RESPONSE" });
    expect(await of(1001)).toEqual({
      outcome: "UNREADABLE",
      output: { status: 200, reason: "the body has more than 1000 bytes" },
    });
    expect(server.asked).toHaveLength(2);
    await server.drained();
  });

  it("without an end is given up where it is too large, and its connection closed", async () => {
    const server = await serving((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write("x".repeat(65_536), () => setImmediate(more));
      };
      more();
    });
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    expect(answer).toMatchObject({ outcome: "UNREADABLE", output: { status: 200 } });
    await server.drained();
  });

  it.each([
    ["bytes that are not UTF-8", {}, Buffer.from([0x61, 0xff])],
    ["half a character", {}, Buffer.from([0xe2, 0x82])],
    ["an encoding", { "Content-Encoding": "gzip" }, Buffer.from("a")],
    ["another charset", { "Content-Type": "text/plain; charset=iso-8859-1" }, Buffer.from("a")],
    ["a text that no record holds", {}, Buffer.alloc(HTTP_LIMITS.responseBytesMax, 1)],
  ])("of %s is UNREADABLE", async (_, headers, body) => {
    const server = await serving((__, response) => {
      response.writeHead(200, headers);
      response.end(body);
    });
    const wide = local(server.port, { response_bytes_max: HTTP_LIMITS.responseBytesMax });
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, wide);
    expect(answer).toMatchObject({ outcome: "UNREADABLE", output: { status: 200 } });
  });

  it.each(["1.0", "1.1"])(
    "of HTTP/%s that ends with its connection is UNREADABLE",
    async (version) => {
      const server = await answering((socket) =>
        socket.end(`HTTP/${version} 200 OK\r\n\r\nwhole?`),
      );
      const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
      expect(answer).toEqual({
        outcome: "UNREADABLE",
        output: { status: 200, reason: "nothing in it says where the body ends" },
      });
    },
  );

  it("with too many headers is UNREADABLE", async () => {
    const server = await serving((_, response) => {
      for (let at = 0; at < 150; at += 1) response.setHeader(`x-${at}`, "1");
      response.end();
    });
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    expect(answer).toMatchObject({ outcome: "UNREADABLE" });
  });
});

describe("nobody knows what became of a request", () => {
  it.each([
    ["nothing", ""],
    ["half a status line", "HTTP/1."],
    ["what is not HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["half of the headers", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["half of a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"],
    ["half of a piece", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ["all pieces but the last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["headers without an end", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(40_000)}\r\n\r\n`],
    ["another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ])("that was answered with %s and a closed connection", async (_, bytes) => {
    const server = await answering((socket) => socket.end(bytes));
    const answer = await calling(
      { method: "POST", url: urlOf(server.port), body: "pay" },
      local(server.port),
    );
    expect(answer).toEqual({ unknown: expect.any(String) });
    expect(server.connections()).toBe(1);
  });

  it("whose connection was reset in the middle of the answer", async () => {
    const server = await answering((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", () =>
        socket.resetAndDestroy(),
      );
    });
    const answer = await calling({ method: "GET", url: urlOf(server.port) }, local(server.port));
    expect(answer).toEqual({ unknown: expect.any(String) });
  });

  it.each([
    ["before an answer", () => undefined],
    ["in the middle of one", (write: (bytes: string) => void) => write("half")],
  ])("that was given up %s, and the server sees its connection close", async (_, answer) => {
    const stop = new AbortController();
    const server = await serving((__, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      answer((bytes) => void response.write(bytes));
      setImmediate(() => stop.abort());
    });
    const given = { ...local(server.port), signal: stop.signal };
    expect(await calling({ method: "GET", url: urlOf(server.port) }, given)).toEqual({
      unknown: "given up before an answer had come",
    });
    await server.drained();
    expect(server.asked).toHaveLength(1);
  });

  it("that was given up before it began, and nothing is sent", async () => {
    const server = await serving((_, response) => response.end());
    const given = { ...local(server.port), signal: AbortSignal.abort() };
    expect(await calling({ method: "GET", url: urlOf(server.port) }, given)).toEqual({
      unknown: "given up before an answer had come",
    });
    expect(server.asked).toEqual([]);
  });
});

describe("an unreachable host", () => {
  it("that refuses the connection is said to be so", async () => {
    const port = await closedPort();
    expect(await calling({ method: "GET", url: urlOf(port) }, local(port))).toEqual({
      outcome: "UNREACHABLE",
      output: { reason: "no connection to 127.0.0.1 (ECONNREFUSED)" },
    });
  });

  it("that has no name is said to be so", async () => {
    const settings = { hosts: ["nothing.invalid"] };
    const answer = await calling({ method: "GET", url: "https://nothing.invalid/" }, { settings });
    expect(answer).toMatchObject({ outcome: "UNREACHABLE" });
  });
});

describe("a secure call", () => {
  const url = (port: number) => `https://127.0.0.1:${port}/`;
  const trusting = (port: number, ca: string) => ({
    settings: { hosts: [`127.0.0.1:${port}`], private: true, ca },
  });

  it("is answered where the contract trusts the server's authority", async () => {
    const server = await serving((_, response) => response.end("secret"), true);
    const given = trusting(server.port, AUTHORITY);
    const answer = await calling({ method: "GET", url: url(server.port) }, given);
    expect(answer).toMatchObject({ outcome: "RESPONSE", output: { status: 200, body: "secret" } });
  });

  it("of a server whose authority is not trusted sends nothing", async () => {
    const server = await serving((_, response) => response.end(), true);
    const settings = { hosts: [`127.0.0.1:${server.port}`], private: true };
    const answer = await calling({ method: "GET", url: url(server.port) }, { settings });
    expect(answer).toMatchObject({ outcome: "UNREACHABLE" });
    expect(server.asked).toEqual([]);
  });

  it("to a server without TLS sends nothing", async () => {
    const server = await serving((_, response) => response.end());
    const given = trusting(server.port, AUTHORITY);
    const answer = await calling({ method: "GET", url: url(server.port) }, given);
    expect(answer).toMatchObject({ outcome: "UNREACHABLE" });
    expect(server.asked).toEqual([]);
  });

  it.each(["nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])(
    "with an authority that is none is REFUSED",
    async (ca) => {
      const server = await serving((_, response) => response.end(), true);
      const answer = await calling(
        { method: "GET", url: url(server.port) },
        trusting(server.port, ca),
      );
      expect(answer).toMatchObject({ outcome: "REFUSED" });
      expect(server.connections()).toBe(0);
    },
  );
});
