/** A secret in every form in which it could leave unnoticed, for tests that look for it everywhere. */

export interface Encoding {
  readonly name: string
  /** Texts none of which may appear; long enough not to appear by chance. */
  readonly needles: ReadonlyArray<string>
}

const SHORTEST = 6

const bytes = (secret: string): Buffer => Buffer.from(secret, "utf8")

/** Base64 of the secret wherever it begins in a longer text: the middle of each of the three alignments. */
const base64At = (secret: string, encoding: "base64" | "base64url"): ReadonlyArray<string> =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes(secret)])
      .toString(encoding)
      .replace(/=+$/, "")
    // what depends on the neighbours is cut off: the characters of the padding in front, and the last two
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2)
  })

const percentAll = (secret: string): string =>
  [...bytes(secret)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")

const windows = (secret: string, length: number): ReadonlyArray<string> =>
  Array.from({ length: Math.max(1, secret.length - length + 1) }, (_, i) => secret.slice(i, i + length))

/** The forms of `secret` (ASCII, at least twelve characters): plain, base64, hex, percent, escaped, reversed, split. */
export const encodings = (secret: string): ReadonlyArray<Encoding> => [
  { name: "plain", needles: [secret] },
  { name: "any six characters of it", needles: windows(secret, SHORTEST) },
  { name: "base64", needles: base64At(secret, "base64") },
  { name: "base64url", needles: base64At(secret, "base64url") },
  { name: "hex", needles: [bytes(secret).toString("hex"), bytes(secret).toString("hex").toUpperCase()] },
  {
    name: "percent",
    needles: [...new Set([encodeURIComponent(secret), percentAll(secret), percentAll(secret).toUpperCase()])]
  },
  {
    name: "JSON escapes",
    needles: [
      JSON.stringify(secret).slice(1, -1),
      [...secret].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
    ]
  },
  { name: "UTF-16", needles: [Buffer.from(secret, "utf16le").toString("latin1")] },
  { name: "reversed", needles: [[...secret].toReversed().join("")] },
  { name: "split in halves", needles: [secret.slice(0, secret.length >> 1), secret.slice(secret.length >> 1)] },
  {
    name: "split by spaces, dashes or line breaks",
    needles: [" ", "-", "\n", "\\n"].map((mark) => [...secret].join(mark))
  }
]

/** The names of the forms of `secret` that are found in `haystack`, which may be text or bytes. */
export const leaks = (secret: string, haystack: string | Uint8Array): ReadonlyArray<string> => {
  const text = typeof haystack === "string" ? haystack : Buffer.from(haystack).toString("latin1")
  return encodings(secret)
    .filter(({ needles }) => needles.some((needle) => text.includes(needle)))
    .map(({ name }) => name)
}
