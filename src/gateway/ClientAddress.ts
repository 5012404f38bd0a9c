/** Which address a request counts against. Pure; used by caps, rates and the back-off lock. */

const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i

/** An address in one spelling: no zone, lower case, IPv4 inside IPv6 as IPv4. */
export const canonical = (address: string): string => {
  const bare = (address.split("%", 1)[0] ?? "").toLowerCase()
  return mapped.exec(bare)?.[1] ?? bare
}

/**
 * The key an address is counted under: an IPv4 address by itself, an IPv6 address by its /64, because whoever has
 * one address of a /64 has all of them.
 */
export const accountingKey = (address: string): string => {
  const bare = canonical(address)
  if (!bare.includes(":")) return bare
  const [head = "", tail] = bare.split("::", 2)
  const groups = head === "" ? [] : head.split(":")
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").length
    while (groups.length + after < 8) groups.push("0")
  }
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""))
  return `${prefix.join(":")}::/64`
}

/** True for 127.0.0.0/8 and ::1. */
export const isLoopback = (address: string): boolean => {
  const bare = canonical(address)
  return bare === "::1" || /^127(?:\.\d{1,3}){3}$/.test(bare)
}

/**
 * The client behind trusted proxies: walking `X-Forwarded-For` from the right, the first address that is no proxy of
 * ours. What stands further left was written by strangers and is not read.
 */
export const client = (
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean
): string => {
  let current = canonical(peer)
  if (forwardedFor === undefined) return current
  for (const hop of forwardedFor.split(",").reverse()) {
    if (!isTrusted(current)) return current
    const next = canonical(hop.trim())
    if (!/^[0-9a-f.:]{2,45}$/.test(next)) return current
    current = next
  }
  return current
}
