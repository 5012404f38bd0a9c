/** Reverse proxies whose `X-Forwarded-For` is believed, as addresses and networks. */
import { BlockList, isIPv6 } from "node:net"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"

/** From addresses (`10.0.0.1`) and networks (`10.0.0.0/8`, `fd00::/8`); entries of another form trust nobody. */
export const make = (entries: ReadonlyArray<string>): ((address: string) => boolean) => {
  const list = new BlockList()
  for (const entry of entries) {
    const [base = "", bits] = entry.split("/", 2)
    const family = isIPv6(base) ? "ipv6" : "ipv4"
    // node throws on what is no address; configuration has been checked before, so nothing is lost by ignoring it
    try {
      if (bits === undefined) list.addAddress(ClientAddress.canonical(base), family)
      else list.addSubnet(base, Number(bits), family)
    } catch {
      continue
    }
  }
  return (address) => {
    const bare = ClientAddress.canonical(address)
    return list.check(bare, isIPv6(bare) ? "ipv6" : "ipv4")
  }
}
