/** What a command waits for beside being told to stop. */
import { expect, test } from "vitest";
import { orStopped, untilStopped } from "../../bin/stopping.ts";

test("what has been waited for leaves nothing behind in what stays for months", async () => {
  const listeners = new Set<() => void>();
  const stopping = {
    onAsked(told: () => void) {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
  for (let look = 0; look < 1_000; look += 1) await orStopped(stopping, Promise.resolve());
  await expect(orStopped(stopping, Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(listeners.size).toBe(0);
});

test("a signal ends the waiting, now and later, and says with which code", async () => {
  let signal = (_: "SIGINT" | "SIGTERM") => {};
  const onStop = (told: typeof signal) => {
    signal = told;
    return () => {};
  };
  const never = new Promise<void>(() => {});
  const code = await untilStopped({ onStop }, async (stopping) => {
    stopping.begin();
    const waiting = orStopped(stopping, never);
    signal("SIGTERM");
    await waiting;
    await orStopped(stopping, never);
    return stopping.exitCode(0);
  });
  expect(code).toBe(143);
});
