/**
 * Looks through bytes for any run of six bytes of a secret, as it is or in an encoding. One pass over the bytes, however
 * many secrets: whatever begins with four bytes of a needle is compared.
 */

/** As C9 has it. */
const RUN = 6

const hex = (bytes: Buffer): string => bytes.toString("hex")
const each = (bytes: Buffer, before: string, digits: number): string =>
  [...bytes].map((byte) => `${before}${byte.toString(16).padStart(digits, "0")}`).join("")

/** Ways to write six bytes, none of which depends on the neighbours. */
const writings: Readonly<Record<string, (run: Buffer) => string>> = {
  plain: (run) => run.toString("latin1"),
  reversed: (run) => Buffer.from(run).reverse().toString("latin1"),
  hex,
  "hex in capitals": (run) => hex(run).toUpperCase(),
  percent: (run) => each(run, "%", 2),
  "percent in capitals": (run) => each(run, "%", 2).toUpperCase(),
  "JSON escapes": (run) => each(run, "\\u", 4),
  "\\x escapes": (run) => each(run, "\\x", 2),
  "UTF-16": (run) => run.toString("latin1").split("").join("\0"),
  ...Object.fromEntries(
    [" ", "-", "\n", "\\n", "\u200b", '","'].map((mark) => [
      `split by ${JSON.stringify(mark)}`,
      (run: Buffer) => Buffer.from(run.toString("latin1").split("").join(mark)).toString("latin1")
    ])
  )
}

const runsOf = (bytes: Buffer, length: number): ReadonlyArray<Buffer> =>
  Array.from({ length: bytes.length - length + 1 }, (_, i) => bytes.subarray(i, i + length))

/** Base64 of the secret at each alignment, without what depends on its neighbours. */
const base64Of = (secret: Buffer, encoding: "base64" | "base64url"): ReadonlyArray<Buffer> =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret])
      .toString(encoding)
      .replace(/=+$/, "")
    return Buffer.from(encoded.slice(offset === 0 ? 0 : offset + 1, -2))
  })

interface Needle {
  readonly name: string
  readonly bytes: Buffer
}

export class Traces {
  readonly #byStart = new Map<number, Array<Needle>>()

  /** `secrets` by a name for each; at least twelve bytes of what nobody else would write. */
  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, secret] of Object.entries(secrets)) {
      const bytes = Buffer.from(secret, "utf8")
      if (bytes.length < RUN * 2) throw new Error(`${name} is too short to be looked for`)
      for (const run of runsOf(bytes, RUN)) {
        for (const [how, write] of Object.entries(writings))
          this.#add(`${name}, ${how}`, Buffer.from(write(run), "latin1"))
      }
      for (const how of ["base64", "base64url"] as const) {
        const once = base64Of(bytes, how)
        for (const encoded of once) for (const run of runsOf(encoded, 8)) this.#add(`${name}, ${how}`, run)
      }
    }
  }

  #add(name: string, bytes: Buffer): void {
    const start = bytes.readUInt32LE(0)
    const there = this.#byStart.get(start) ?? []
    this.#byStart.set(start, there)
    if (!there.some((needle) => needle.bytes.equals(bytes))) there.push({ name, bytes })
  }

  /** Which secrets are there, how, and what stands around the first of each. */
  in(haystack: string | Uint8Array): ReadonlyArray<string> {
    const bytes = typeof haystack === "string" ? Buffer.from(haystack, "utf8") : Buffer.from(haystack)
    const found = new Map<string, string>()
    for (let i = 0; i + 4 <= bytes.length; i++) {
      for (const { bytes: needle, name } of this.#byStart.get(bytes.readUInt32LE(i)) ?? []) {
        if (found.has(name) || i + needle.length > bytes.length) continue
        if (bytes.compare(needle, 0, needle.length, i, i + needle.length) !== 0) continue
        const around = bytes.subarray(Math.max(0, i - 60), i + 80).toString("latin1")
        found.set(name, around.replace(/[^ -~]/g, "."))
      }
    }
    return [...found].map(([name, around]) => `${name}: ${around}`)
  }
}
