/** Which addresses of the network are the public Internet, and what the others are. */
import { type IpAddress, parse, show } from "./IpAddress.ts"

/**
 * `public` is everything that is not known to be something else. The transition classes (`mapped`, `nat64`, `6to4`,
 * `teredo`, `isatap`) carry another address inside and are never taken, whatever that address is.
 */
export type AddressClass =
  | "public"
  | "loopback"
  | "private"
  | "cgnat"
  | "link_local"
  | "metadata"
  | "multicast"
  | "broadcast"
  | "unspecified"
  | "reserved"
  | "documentation"
  | "benchmark"
  | "mapped"
  | "nat64"
  | "6to4"
  | "teredo"
  | "isatap"

interface Range {
  readonly start: IpAddress
  readonly bits: number
  readonly class: AddressClass
}

/** Written as address/bits; the first range that an address is in decides. */
const range = (text: string, name: AddressClass): ReadonlyArray<Range> => {
  const [address = "", bits = ""] = text.split("/")
  const start = parse(address)
  return start === undefined ? [] : [{ start, bits: Number(bits), class: name }]
}

/** IANA's special-purpose registries, and the addresses at which clouds hand credentials to whoever asks. */
const ranges: ReadonlyArray<Range> = [
  ...range("169.254.169.254/32", "metadata"),
  ...range("100.100.100.200/32", "metadata"),
  ...range("168.63.129.16/32", "metadata"),
  ...range("192.0.0.192/32", "metadata"),
  ...range("fd00:ec2::254/128", "metadata"),
  ...range("fd20:ce::254/128", "metadata"),
  ...range("0.0.0.0/8", "unspecified"),
  ...range("10.0.0.0/8", "private"),
  ...range("100.64.0.0/10", "cgnat"),
  ...range("127.0.0.0/8", "loopback"),
  ...range("169.254.0.0/16", "link_local"),
  ...range("172.16.0.0/12", "private"),
  ...range("192.0.0.0/24", "reserved"),
  ...range("192.0.2.0/24", "documentation"),
  ...range("192.88.99.0/24", "reserved"),
  ...range("192.168.0.0/16", "private"),
  ...range("198.18.0.0/15", "benchmark"),
  ...range("198.51.100.0/24", "documentation"),
  ...range("203.0.113.0/24", "documentation"),
  ...range("224.0.0.0/4", "multicast"),
  ...range("255.255.255.255/32", "broadcast"),
  ...range("240.0.0.0/4", "reserved"),
  ...range("::/128", "unspecified"),
  ...range("::1/128", "loopback"),
  ...range("::ffff:0:0/96", "mapped"),
  ...range("::ffff:0:0:0/96", "mapped"),
  ...range("::/96", "mapped"),
  ...range("64:ff9b::/96", "nat64"),
  ...range("64:ff9b:1::/48", "nat64"),
  ...range("2001::/32", "teredo"),
  ...range("2001:2::/48", "benchmark"),
  ...range("2001:db8::/32", "documentation"),
  ...range("2001::/23", "reserved"),
  ...range("2002::/16", "6to4"),
  ...range("3fff::/20", "documentation"),
  ...range("fc00::/7", "private"),
  ...range("fe80::/10", "link_local"),
  ...range("fec0::/10", "private"),
  ...range("ff00::/8", "multicast")
]

const within = ({ bytes, version }: IpAddress, { bits, start }: Range): boolean => {
  if (version !== start.version) return false
  for (let i = 0, left = bits; left > 0; i++, left -= 8) {
    const shift = Math.max(0, 8 - left)
    if ((bytes[i] ?? 0) >> shift !== (start.bytes[i] ?? 0) >> shift) return false
  }
  return true
}

/** An interface identifier that is an IPv4 address behind ISATAP's mark, under any prefix. */
const isIsatap = ({ bytes }: IpAddress): boolean =>
  ((bytes[8] ?? 0) & ~2) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe

/** What kind of address it is. */
export const classify = (address: IpAddress): AddressClass => {
  const found = ranges.find((candidate) => within(address, candidate))
  if (found !== undefined) return found.class
  if (address.version === 4) return "public"
  // Outside of 2000::/3 nothing is assigned to the Internet.
  if ((address.bytes[0] ?? 0) >> 5 !== 1) return "reserved"
  return isIsatap(address) ? "isatap" : "public"
}

const openable: ReadonlySet<AddressClass> = new Set(["public", "loopback", "private", "cgnat"])

/** Whether a rule that names this very address opens it. No rule opens link-local, metadata or transition addresses. */
export const mayOpen = (name: AddressClass): boolean => openable.has(name)

/**
 * The first address that may not be connected to, with its class; none where all may. One bad address among good ones
 * is enough: whoever answers for the name mixed them.
 */
export const refused = (
  addresses: ReadonlyArray<IpAddress>,
  opened: (address: IpAddress) => boolean
): { readonly address: IpAddress; readonly class: AddressClass } | undefined => {
  for (const address of addresses) {
    const name = classify(address)
    if (name !== "public" && !(mayOpen(name) && opened(address))) return { address, class: name }
  }
  return undefined
}

/** Without repetitions, in the order given; linear, for whoever answers for a name may answer at length. */
export const distinct = (addresses: ReadonlyArray<IpAddress>): ReadonlyArray<IpAddress> => [
  ...new Map(addresses.map((address) => [show(address), address])).values()
]
