/**
 * Which addresses are public: those that the registries of special-purpose addresses (IANA, RFC 6890
 * and what followed it) leave to hosts of the internet. An address that is not understood is not
 * public. It decides by the number alone; what a name leads to is looked up elsewhere, once.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net";

/** IPv4 networks that are no hosts of the internet, or no hosts that others should talk to. */
const SPECIAL_V4 = Object.freeze([
  "0.0.0.0/8", // this network, and the unspecified address
  "10.0.0.0/8", // private
  "100.64.0.0/10", // behind a carrier's translation; a cloud's metadata
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // a public number that leads to a cloud's own platform
  "169.254.0.0/16", // link-local; most clouds' metadata
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments; a cloud's metadata
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // relays from 6to4
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
]);

/**
 * Of IPv6 only global unicast is public, so that loopback, link-local, unique-local and multicast
 * addresses, and those that carry an IPv4 address (mapped, compatible, NAT64), need no line here.
 */
const GLOBAL_V6 = "2000::/3";
const SPECIAL_V6 = Object.freeze([
  "2001::/23", // protocol assignments, and tunnels that carry an IPv4 address
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: carries an IPv4 address
  "3fff::/20", // documentation
]);

const specialV4 = listOf(SPECIAL_V4, "ipv4");
const globalV6 = listOf([GLOBAL_V6], "ipv6");
const specialV6 = listOf(SPECIAL_V6, "ipv6");

function listOf(networks: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** True for the number of a host of the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialV4.check(address, "ipv4");
  // An address with a zone belongs to one link.
  if (!isIPv6(address) || address.includes("%")) return false;
  return globalV6.check(address, "ipv6") && !specialV6.check(address, "ipv6");
}
