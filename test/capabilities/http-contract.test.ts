/** What a contract lets an HTTP call do, and that nothing is sent where it does not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../capabilities/http/addresses.ts";
import { HTTP_LIMITS } from "../../capabilities/http/settings.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { compileSchema } from "../../protocol/language/json-schema.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { capabilities } from "./built.ts";
import {
  AUTHORITY,
  answering,
  calling,
  callingWith,
  closedPort,
  local,
  serving,
} from "./http-servers.ts";

const settingsCheck = compileSchema(capabilities.external("http-call").settings as JsonObject);

describe("the settings", () => {
  it.each([
    { hosts: ["example.com"] },
    { hosts: ["a.example.com:8443", "10.0.0.1:80", "[::1]:8080", "my_service:65535"] },
    { hosts: ["a"], insecure: true, private: true, ca: AUTHORITY },
    { hosts: ["a"], response_bytes_max: 1_048_576, request_bytes_max: 0 },
  ])("may be %j", (settings) => {
    expect(settingsCheck(settings)).toBeNull();
  });

  it.each([
    [{}, ""],
    [{ hosts: [] }, "/hosts"],
    [{ hosts: ["a", "a"] }, "/hosts"],
    ...[
      "*",
      "*.example.com",
      "https://a",
      "a/b",
      "a:0",
      "a:65536",
      "A",
      "",
      "a:",
      "u@a",
      ".a",
      "a.",
    ].map((host) => [{ hosts: [host] }, "/hosts/0"] as const),
    [{ hosts: ["a"], private: "yes" }, "/private"],
    [{ hosts: ["a"], response_bytes_max: 1_048_577 }, "/response_bytes_max"],
    [{ hosts: ["a"], proxy: "b" }, ""],
  ] as const)("may not be %j", (settings, at) => {
    const faults = settingsCheck(settings as Json) ?? [];
    expect(faults.map((fault) => fault.pointer)).toContain(at);
  });
});

describe("the bounds", () => {
  it("let every output into a record, whatever parts of it are sealed", () => {
    const { outputBytesMax, headersMax } = HTTP_LIMITS;
    const sealed = LIMITS.sealedValueBytes * (headersMax + 3);
    expect(outputBytesMax + sealed).toBeLessThanOrEqual(LIMITS.valueBytesMax);
  });
});

describe("nothing is sent", () => {
  const good = { method: "GET", url: "http://127.0.0.1/" };

  it.each<[string, Json]>([
    ["no object", "GET /"],
    ["another member", { ...good, proxy: "x" }],
    ["no method", { url: good.url }],
    ["a method in lower case", { ...good, method: "get" }],
    ["the method CONNECT", { ...good, method: "CONNECT" }],
    ["the method TRACE", { ...good, method: "TRACE" }],
    ["no URL", { method: "GET" }],
    ["a path alone", { ...good, url: "/path" }],
    ["a URL with a blank before it", { ...good, url: ` ${good.url}` }],
    ["a URL with a line end in it", { ...good, url: "http://127.0.0.1/a\r\nb" }],
    ["a URL with a backslash", { ...good, url: "http://127.0.0.1\\@evil.test/" }],
    ["a URL with letters that need encoding", { ...good, url: "http://127.0.0.1/ä" }],
    ["a URL that is too long", { ...good, url: `${good.url}${"a".repeat(8192)}` }],
    ["a URL with a user", { ...good, url: "http://user@127.0.0.1/" }],
    ["a URL with a password", { ...good, url: "http://u:p@127.0.0.1/" }],
    ["a URL with an empty user", { ...good, url: "http://@127.0.0.1/" }],
    ["a URL with a fragment", { ...good, url: "http://127.0.0.1/#a" }],
    ["another scheme", { ...good, url: "ftp://127.0.0.1/" }],
    ["a file", { ...good, url: "file:///etc/passwd" }],
    ["another host", { ...good, url: "http://127.0.0.2/" }],
    ["a host that only begins alike", { ...good, url: "http://127.0.0.1.evil.test/" }],
    ["another port", { ...good, url: "http://127.0.0.1:81/" }],
    ["a name with a dot behind it", { ...good, url: "http://name.test./" }],
    ["headers that are a list", { ...good, headers: ["a"] }],
    ["a header that is no text", { ...good, headers: { a: 1 } }],
    ["a header with a line end", { ...good, headers: { a: "b\r\nHost: c" } }],
    ["a header with a blank behind it", { ...good, headers: { a: "b " } }],
    ["a header with letters that need encoding", { ...good, headers: { a: "ä" } }],
    ["a header's name with a colon", { ...good, headers: { "a:b": "c" } }],
    ["an empty header's name", { ...good, headers: { "": "c" } }],
    ["one header twice", { ...good, headers: { a: "b", A: "c" } }],
    ["too many bytes of headers", { ...good, headers: { a: "b".repeat(20_000) } }],
    ...`Host Content-Length TRANSFER-ENCODING connection Keep-Alive Upgrade TE Trailer Expect
      Proxy-Authorization Accept-Encoding Idempotency-Key`
      .split(/\s+/)
      .map((name): [string, Json] => [`the header ${name}`, { ...good, headers: { [name]: "x" } }]),
    ["a body that is no text", { ...good, body: { a: 1 } }],
    ["a body that is too large", { ...good, body: "é".repeat(6) }],
  ])("for %s", async (_, input) => {
    const settings = {
      hosts: ["127.0.0.1", "name.test"],
      insecure: true,
      private: true,
      request_bytes_max: 11,
    };
    const looked: string[] = [];
    const lookup = async (name: string) => {
      looked.push(name);
      return [];
    };
    expect(await callingWith(lookup, input, { settings })).toEqual({
      outcome: "REFUSED",
      output: { reason: expect.any(String) },
    });
    expect(looked).toEqual([]);
  });

  it("without TLS, unless the contract allows it", async () => {
    const server = await serving((_, response) => response.end());
    const input = { method: "GET", url: `http://127.0.0.1:${server.port}/` };
    const settings = { hosts: [`127.0.0.1:${server.port}`], private: true };
    expect(await calling(input, { settings })).toMatchObject({ outcome: "REFUSED" });
    expect(server.connections()).toBe(0);
  });

  it("to an address that is not public, unless the contract allows it", async () => {
    const server = await serving((_, response) => response.end());
    const at = (host: string) => ({ method: "GET", url: `http://${host}:${server.port}/` });
    const written = ["127.0.0.1", "0x7f.1", "2130706433", "017700000001", "[::ffff:127.0.0.1]"];
    for (const host of [...written, "localhost"]) {
      const hosts = [
        `127.0.0.1:${server.port}`,
        `localhost:${server.port}`,
        `[::ffff:7f00:1]:${server.port}`,
      ];
      const answer = await calling(at(host), { settings: { hosts, insecure: true } });
      expect(answer).toMatchObject({ outcome: "REFUSED" });
      expect(JSON.stringify(answer)).toContain("not a public address");
    }
    expect(server.connections()).toBe(0);
  });
});

describe("a name", () => {
  it("is looked up once, and what was checked is what is connected to", async () => {
    const server = await serving((_, response) => response.end("ok"), true);
    const looked: string[] = [];
    const lookup = async (name: string) => {
      looked.push(name);
      return looked.length === 1 ? ["127.0.0.1"] : ["127.0.0.2"];
    };
    const input = { method: "GET", url: `https://pgs.test:${server.port}/` };
    const settings = { hosts: [`pgs.test:${server.port}`], private: true, ca: AUTHORITY };
    const answer = await callingWith(lookup, input, { settings });
    expect(answer).toMatchObject({ outcome: "RESPONSE", output: { body: "ok" } });
    expect(looked).toEqual(["pgs.test"]);
    expect(server.asked[0]?.headers.host).toBe(`pgs.test:${server.port}`);
  });

  it("that the server's certificate does not name gets nothing sent", async () => {
    const server = await serving((_, response) => response.end("ok"), true);
    const input = { method: "GET", url: `https://other.test:${server.port}/` };
    const settings = { hosts: [`other.test:${server.port}`], private: true, ca: AUTHORITY };
    expect(await callingWith(async () => ["127.0.0.1"], input, { settings })).toEqual({
      outcome: "UNREACHABLE",
      output: { reason: "no connection to 127.0.0.1 (ERR_TLS_CERT_ALTNAME_INVALID)" },
    });
    expect(server.asked).toEqual([]);
  });

  it("with one address that is not public among others is REFUSED", async () => {
    const settings = { hosts: ["two.test"] };
    const input = { method: "GET", url: "https://two.test/" };
    const lookup = async () => ["8.8.8.8", "2001:4860:4860::8888", "169.254.169.254"];
    expect(await callingWith(lookup, input, { settings })).toEqual({
      outcome: "REFUSED",
      output: { reason: "`two.test` leads to 169.254.169.254, which is not a public address" },
    });
  });

  it("is tried at its next address where the first cannot be connected to", async () => {
    const server = await serving((_, response) => response.end("ok"));
    const input = { method: "GET", url: `http://two.test:${server.port}/` };
    const settings = { hosts: [`two.test:${server.port}`], insecure: true, private: true };
    const answer = await callingWith(async () => ["::1", "127.0.0.1"], input, { settings });
    expect(answer).toMatchObject({ outcome: "RESPONSE", output: { body: "ok" } });
    expect(server.asked).toHaveLength(1);
  });

  it.each<[string, () => Promise<readonly string[]>]>([
    ["has no address", async () => []],
    [
      "cannot be looked up",
      () => Promise.reject(Object.assign(new Error(), { code: "EAI_AGAIN" })),
    ],
    ["is never answered", () => new Promise(() => undefined)],
  ])("that %s is UNREACHABLE", async (_, lookup) => {
    const given = { settings: { hosts: ["a.test"] }, connectTimeoutMs: 50 };
    const answer = await callingWith(lookup, { method: "GET", url: "https://a.test/" }, given);
    expect(answer).toMatchObject({ outcome: "UNREACHABLE" });
  });

  it("that is looked up when the call is given up leaves it unknown", async () => {
    const stop = new AbortController();
    const lookup = () => {
      setImmediate(() => stop.abort());
      return new Promise<readonly string[]>(() => undefined);
    };
    const given = { settings: { hosts: ["a.test"] }, signal: stop.signal };
    const answer = await callingWith(lookup, { method: "GET", url: "https://a.test/" }, given);
    expect(answer).toEqual({ unknown: "given up before an answer had come" });
  });

  it("of a server that never ends the handshake is UNREACHABLE", async () => {
    const server = await answering(() => undefined);
    const settings = { hosts: [`a.test:${server.port}`], private: true, ca: AUTHORITY };
    const input = { method: "GET", url: `https://a.test:${server.port}/` };
    const given = { settings, connectTimeoutMs: 50 };
    const answer = await callingWith(async () => ["127.0.0.1"], input, given);
    expect(answer).toMatchObject({ outcome: "UNREACHABLE" });
    await server.drained();
  });

  it("allowed by the contract is no permission for the port of another", async () => {
    const port = await closedPort();
    const input = { method: "GET", url: `http://127.0.0.1:${port}/` };
    const answer = await calling(input, local(port, { hosts: ["127.0.0.1"] }));
    expect(answer).toMatchObject({ outcome: "REFUSED" });
  });
});

/** Reads the number of an IPv4 address: the test's own arithmetic, not the library's. */
function within(number: number, network: string): boolean {
  const [address = "", bits] = network.split("/");
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return number >= base && number < base + size;
}

const PRIVATE_V4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16
  172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
  198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`.split(/\s+/);

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** An address in the middle, at the first or at the last of a network. */
const inPrivateV4 = fc
  .tuple(fc.constantFrom(...PRIVATE_V4), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([network, share]) => {
    const [address = "", bits] = network.split("/");
    const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    return base + Math.round(share * (2 ** (32 - Number(bits)) - 1));
  });

const groups = (count: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: count, maxLength: count });

function v6(numbers: readonly number[]): string {
  return numbers.map((number) => number.toString(16)).join(":");
}

describe("an address", () => {
  it("of IPv4 is public exactly outside the special networks", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), inPrivateV4), (number) => {
        const special = PRIVATE_V4.some((network) => within(number, network));
        expect(isPublicAddress(dotted(number))).toBe(!special);
      }),
      { numRuns: 2_000 },
    );
  });

  it("at the edges of the special networks falls to the right side", () => {
    for (const network of PRIVATE_V4) {
      const [address = "", bits] = network.split("/");
      const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
      const last = base + 2 ** (32 - Number(bits)) - 1;
      for (const number of [base - 1, base, last, last + 1]) {
        if (number < 0 || number >= 2 ** 32) continue;
        const special = PRIVATE_V4.some((other) => within(number, other));
        expect([dotted(number), isPublicAddress(dotted(number))]).toEqual([
          dotted(number),
          !special,
        ]);
      }
    }
  });

  it("of IPv4 within one of IPv6 is never public, however it is written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => {
        const [high, low] = [Math.floor(number / 65_536), number % 65_536];
        const hex = v6([high, low]);
        const forms = [`::ffff:${dotted(number)}`, `::ffff:${hex}`, `::${hex}`, `64:ff9b::${hex}`];
        const tunnels = [
          `2002:${hex}::1`,
          `2001:0:${hex}::1`,
          `::ffff:0:${hex}`,
          `64:ff9b:1::${hex}`,
        ];
        for (const form of [...forms, ...tunnels]) expect(isPublicAddress(form)).toBe(false);
      }),
    );
  });

  it("of IPv6 is public only as global unicast outside the special networks", () => {
    fc.assert(
      fc.property(groups(8), fc.integer({ min: 0x2000, max: 0x3fff }), (numbers, first) => {
        expect(isPublicAddress(v6(numbers))).toBe(expectedOf(numbers));
        const global = [first, ...numbers.slice(1)];
        expect(isPublicAddress(v6(global))).toBe(expectedOf(global));
      }),
      { numRuns: 2_000 },
    );
  });

  function expectedOf([first = 0, second = 0]: readonly number[]): boolean {
    if (first < 0x2000 || first > 0x3fff || first === 0x2002) return false;
    if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
    return !(first === 0x3fff && second < 0x1000);
  }

  it.each(
    `:: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fd20:ce::254 ff02::1 2001:db8::1 2002::1
    2001::1 3fff::1 100::1 fec0::1 4000::1 2600::1%1`.split(/\s+/),
  )("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "example.com", "2001:4860::8888::1", "8.8.8.8 "])(
    "%j is none, and so not public",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  it.each(["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2001:4860:4860::8888"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
