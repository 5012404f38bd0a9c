/** Undoes percent escapes and the escapes of JSON and C strings, remembering where each byte came from. */

export interface Unescaped {
  readonly bytes: Uint8Array
  /** Byte `i` stands at `starts[i]` up to before `starts[i + 1]` in what was unescaped. */
  readonly starts: Uint32Array
}

/** The value of a hexadecimal digit, or -1. */
const digit = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** The number that `count` hexadecimal digits at `at` say, or -1. */
const hexAt = (bytes: Uint8Array, at: number, count: number): number => {
  let value = 0
  for (let i = 0; i < count; i++) {
    const next = digit(bytes[at + i])
    if (next < 0) return -1
    value = value * 16 + next
  }
  return value
}

const percent = 0x25
const backslash = 0x5c
const separator = 0x0a
const control: ReadonlySet<number> = new Set([..."bfnrtv"].map((char) => char.charCodeAt(0)))

/** What an escape at `at` stands for, and how long it is; undefined where there is none. */
const escapeAt = (bytes: Uint8Array, at: number): readonly [value: number, length: number] | undefined => {
  const one = hexAt(bytes, at + 1, 2)
  if (bytes[at] === percent) return one < 0 ? undefined : [one, 3]
  const kind = bytes[at + 1]
  if (kind === 0x75) {
    const unit = hexAt(bytes, at + 2, 4)
    // What is no byte cannot be part of a folded value.
    return unit < 0 ? undefined : [unit > 0xff ? separator : unit, 6]
  }
  if (kind === 0x78) {
    const value = hexAt(bytes, at + 2, 2)
    return value < 0 ? undefined : [value, 4]
  }
  return kind !== undefined && control.has(kind) ? [separator, 2] : undefined
}

/** One layer of escapes less; undefined where there is none to undo. */
export const unescape = (bytes: Uint8Array): Unescaped | undefined => {
  if (!bytes.includes(percent) && !bytes.includes(backslash)) return undefined
  const out = new Uint8Array(bytes.length)
  const starts = new Uint32Array(bytes.length + 1)
  let size = 0
  for (let at = 0; at < bytes.length; size++) {
    const byte = bytes[at] ?? 0
    const escape = byte === percent || byte === backslash ? escapeAt(bytes, at) : undefined
    starts[size] = at
    out[size] = escape?.[0] ?? byte
    at += escape?.[1] ?? 1
  }
  starts[size] = bytes.length
  return size === bytes.length ? undefined : { bytes: out.subarray(0, size), starts }
}
