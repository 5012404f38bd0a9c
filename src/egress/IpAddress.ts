/** IP addresses in their one canonical notation. Everything else that some parser takes for an address is none here. */

export interface IpAddress {
  readonly version: 4 | 6
  /** Four or sixteen numbers from 0 to 255. */
  readonly bytes: ReadonlyArray<number>
}

const octet = /^(?:0|[1-9][0-9]{0,2})$/

/** Four decimal numbers without leading zeros; no hex, octal, or short forms. */
export const parseV4 = (text: string): IpAddress | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => octet.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? { version: 4, bytes } : undefined
}

/** The sixteen-bit groups of one side of `::`, the last of which may be an IPv4 address. */
const groups = (text: string): ReadonlyArray<number> | undefined => {
  if (text === "") return []
  const all: Array<number> = []
  const parts = text.split(":")
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const tail = parseV4(part)
      if (tail === undefined) return undefined
      const [a = 0, b = 0, c = 0, d = 0] = tail.bytes
      all.push(a * 256 + b, c * 256 + d)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
      all.push(Number.parseInt(part, 16))
    }
  }
  return all
}

/** RFC 4291 text without brackets and without a zone. */
export const parseV6 = (text: string): IpAddress | undefined => {
  if (text.length > 45) return undefined
  const [head = "", tail, ...more] = text.split("::")
  if (more.length > 0 || (tail !== undefined && head.includes("."))) return undefined
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  // `::` stands for at least one group
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const all = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  return { version: 6, bytes: all.flatMap((group) => [group >> 8, group & 255]) }
}

/** An address of either version, without brackets. */
export const parse = (text: string): IpAddress | undefined => parseV4(text) ?? parseV6(text)

export const equal = (a: IpAddress, b: IpAddress): boolean =>
  a.version === b.version && a.bytes.every((byte, index) => byte === b.bytes[index])

/** Decimal for IPv4; for IPv6 eight groups of lower-case hex. */
export const show = ({ bytes, version }: IpAddress): string =>
  version === 4
    ? bytes.join(".")
    : Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16)).join(":")
