/** Tokens that are not taken, each for one reason, and files that hold no key to take any with. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { IdentitySettings } from "../../../runtime/identity/settings.ts";
import { verifyToken } from "../../../runtime/identity/verify-token.ts";
import { BAD_KEYS } from "./bad-keys.ts";
import { BAD_TOKENS } from "./bad-tokens.ts";
import { encoded, goodToken, KEYS, NOW_MS, settings } from "./tokens.ts";

async function refusalOf(
  token: string,
  by: Partial<IdentitySettings> = {},
  nowMs = NOW_MS,
): Promise<Refusal> {
  try {
    await verifyToken(token, settings(by), nowMs);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was taken");
}

for (const [what, { token, code, says, keys = KEYS }] of Object.entries(BAD_TOKENS)) {
  test(`${what} is refused`, async () => {
    const refusal = await refusalOf(token, { keys: () => keys });
    expect(refusal).toMatchObject({ family: "acceptance", code });
    expect(refusal.message).toContain(says);
    // Whoever reads what was told learns no token from it.
    const parts = token.split(".").filter((part) => part.length > 20);
    for (const part of parts) expect(JSON.stringify(refusal) + refusal.message).not.toContain(part);
  });
}

for (const [what, [file, code, says]] of Object.entries(BAD_KEYS)) {
  test(`${what} is refused as a file of keys`, async () => {
    const refusal = await refusalOf(goodToken(), { keys: () => file });
    expect(refusal).toMatchObject({ family: "kernel", code });
    expect(refusal.message).toContain(`\`${file.shownAs}\``);
    expect(refusal.message).toContain(says);
  });
}

test("a token of which any character is another is not taken", async () => {
  const good = goodToken();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
  const change = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...alphabet));
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      fc.pre(good[at] !== character);
      const refusal = await refusalOf(good.slice(0, at) + character + good.slice(at + 1));
      expect(refusal.family).toBe("acceptance");
    }),
    { numRuns: 300 },
  );
});

test("whatever text is shown is refused, and is nobody's fault but who shows it", async () => {
  const parts = fc.array(
    fc.oneof(
      fc.base64String().map((text) => Buffer.from(text, "base64").toString("base64url")),
      fc.json().map(encoded),
      fc.string({ maxLength: 20 }),
    ),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      expect((await refusalOf(given.join("."))).family).toBe("acceptance");
    }),
    { numRuns: 300 },
  );
});
