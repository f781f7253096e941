/** The wallet's capabilities against the published vectors of their standards. */
import { HDKey } from "@scure/bip32";
import { describe, expect, it } from "vitest";
import { run, succeed } from "./built.ts";
import bip32 from "./vectors/bip32.json" with { type: "json" };
import bip39 from "./vectors/bip39.json" with { type: "json" };

const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const ZERO = "0".repeat(64);

/** Private key and chain code out of a serialized key (Base58Check), by the library. */
function partsOf(xprv: string): { private_key: string; chain_code: string } {
  const key = HDKey.fromExtendedKey(xprv);
  const hex = (bytes: Uint8Array | null) => `0x${Buffer.from(bytes ?? []).toString("hex")}`;
  return { private_key: hex(key.privateKey), chain_code: hex(key.chainCode) };
}

describe("BIP-39", () => {
  it.each(bip39.vectors)("entropy $entropy gives its mnemonic, seed and master key", (vector) => {
    const { mnemonic } = succeed("bip39-mnemonic", { entropy: `0x${vector.entropy}` });
    expect(mnemonic).toBe(vector.mnemonic);
    const { seed } = succeed("bip39-seed", {
      mnemonic: vector.mnemonic,
      passphrase: "TREZOR",
    });
    expect(seed).toBe(`0x${vector.seed}`);
    const master = succeed("bip32-master-key", { seed: `0x${vector.seed}` });
    expect(master).toMatchObject(partsOf(vector.xprv));
  });

  it.each([
    ["a wrong checksum", "abandon ".repeat(12).trim()],
    ["a word that is not in the list", `${"abandom ".repeat(11)}about`],
    ["a count of words that is no mnemonic's", "abandon about"],
    ["no words", ""],
  ])("%s is an invalid mnemonic, not the seed of another wallet", (_, mnemonic) => {
    expect(run("bip39-seed", { mnemonic, passphrase: "" })).toEqual({
      outcome: "INVALID_MNEMONIC",
      output: {},
    });
  });

  it("a passphrase is normalized before it is used", () => {
    const mnemonic = bip39.vectors[0]?.mnemonic ?? "";
    const composed = succeed("bip39-seed", { mnemonic, passphrase: "\u00e9" });
    expect(succeed("bip39-seed", { mnemonic, passphrase: "e\u0301" })).toEqual(composed);
  });
});

describe("BIP-32", () => {
  it.each(bip32.masters)("seed $seed gives its master key", ({ seed, xprv }) => {
    expect(succeed("bip32-master-key", { seed: `0x${seed}` })).toMatchObject(partsOf(xprv));
  });

  it.each(bip32.children)("seed $seed gives its child at $path", ({ seed, path, xprv }) => {
    const { private_key = "", chain_code = "" } = succeed("bip32-master-key", {
      seed: `0x${seed}`,
    });
    const child = succeed("bip32-child-key", { private_key, chain_code, path });
    expect(child).toEqual(partsOf(xprv));
  });

  it("leading zeros of a key are kept", () => {
    const seed = "3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678";
    const master = succeed("bip32-master-key", { seed: `0x${seed}` });
    const { private_key = "", chain_code = "" } = master;
    const child = succeed("bip32-child-key", { private_key, chain_code, path: "m/0'" });
    expect(private_key).toHaveLength(66);
    expect(child.private_key?.slice(0, 4)).toBe("0x00");
  });

  it("the fingerprint is that of the standard's first vector, padded to four bytes", () => {
    const { fingerprint } = succeed("bip32-master-key", {
      seed: "0x000102030405060708090a0b0c0d0e0f",
    });
    expect(fingerprint).toBe("0x3442193e");
  });

  it.each([ZERO, ORDER])("%s is no private key to derive from", (key) => {
    const input = { private_key: `0x${key}`, chain_code: `0x${ZERO}`, path: "m/0" };
    expect(run("bip32-child-key", input)).toEqual({ outcome: "INVALID_KEY", output: {} });
  });

  it("a path derives as its steps do one after the other", () => {
    const { private_key = "", chain_code = "" } = succeed("bip32-master-key", {
      seed: "0x000102030405060708090a0b0c0d0e0f",
    });
    let key: { readonly [member: string]: string } = { private_key, chain_code };
    for (const path of ["m/44'", "m/66'", "m/0'", "m/0", "m/0"]) {
      key = succeed("bip32-child-key", { ...key, path });
    }
    const path = "m/44'/66'/0'/0/0";
    expect(succeed("bip32-child-key", { private_key, chain_code, path })).toEqual(key);
  });
});

describe("secp256k1", () => {
  // Multiples of the generator, as published with SEC 2's curve.
  it.each([
    [
      "1",
      "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
    ],
    [
      "2",
      "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
      "1ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a",
    ],
    [
      "3",
      "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
      "388f7b0f632de8140fe337e62a37f3566500a99934c2231b6cb9fd7584b8e672",
    ],
    [
      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
      "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
      "b7c52588d95c3b9aa25b0403f1eef75702e84bb7597aabe663b82f6f04ef2777",
    ],
  ])("%s times the generator is its published point", (k, x, y) => {
    const parity = Number.parseInt(y.slice(-1), 16) % 2;
    expect(succeed("secp256k1-public-key", { private_key: `0x${k.padStart(64, "0")}` })).toEqual({
      public_key: `0x04${x}${y}`,
      compressed_public_key: `0x0${2 + parity}${x}`,
    });
  });

  it.each([ZERO, ORDER, "f".repeat(64)])("%s is no private key", (key) => {
    expect(run("secp256k1-public-key", { private_key: `0x${key}` }).outcome).toBe("INVALID_KEY");
  });
});

describe("Ethereum addresses", () => {
  // Private keys and addresses that are widely published; the first five are 1 to 5.
  it.each([
    ["1", "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"],
    ["2", "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"],
    ["3", "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"],
    ["4", "0x1efF47bc3a10a45D4B230B5d10E37751FE6AA718"],
    ["5", "0xe1AB8145F7E55DC933d51a18c793F901A3A0b276"],
    [
      "4646464646464646464646464646464646464646464646464646464646464646",
      "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F",
    ],
  ])("the key %s has its published address", (key, address) => {
    const { public_key = "" } = succeed("secp256k1-public-key", {
      private_key: `0x${key.padStart(64, "0")}`,
    });
    expect(succeed("ethereum-address", { public_key })).toEqual({ address });
  });

  it("the first accounts of a well-known development mnemonic are found again", () => {
    const mnemonic = "test test test test test test test test test test test junk";
    const { seed = "" } = succeed("bip39-seed", { mnemonic, passphrase: "" });
    const { private_key = "", chain_code = "" } = succeed("bip32-master-key", { seed });
    const addresses = ["m/44'/60'/0'/0/0", "m/44'/60'/0'/0/1"].map((path) => {
      const child = succeed("bip32-child-key", { private_key, chain_code, path });
      const { public_key = "" } = succeed("secp256k1-public-key", {
        private_key: child.private_key ?? "",
      });
      return succeed("ethereum-address", { public_key }).address;
    });
    expect(addresses).toEqual([
      "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
      "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ]);
  });

  it("bytes that are no point of the curve have no address", () => {
    const public_key = `0x04${"0".repeat(127)}1`;
    expect(run("ethereum-address", { public_key })).toEqual({ outcome: "INVALID_KEY", output: {} });
  });
});

describe("Keccak-256", () => {
  it.each([
    ["0x", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
    ["0x616263", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
    [`0x${"00".repeat(32)}`, "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"],
  ])("the bytes %s have their published hash", (bytes, hash) => {
    expect(succeed("keccak256", { bytes })).toEqual({ hash });
  });
});
