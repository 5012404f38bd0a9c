/** `Entropy` on the operating system's random source. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hash, randomFillSync } from "node:crypto"
import { Entropy } from "../../src/domain/Entropy.ts"

/** Digits and letters without those that are read for one another; in the order of their codes. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const digits = (value: number, length: number): string => {
  let text = ""
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 32)) text = alphabet.charAt(rest % 32) + text
  return text
}

/** 10 characters of time, 3 that count within a millisecond, 13 of randomness (65 bits). */
const makeIds = (random: (size: number) => Uint8Array) => {
  let last = -1
  let count = 0
  return (prefix: string, now: number): string => {
    // A clock that steps back must not break the order.
    count = now > last ? 0 : count + 1
    last = Math.max(now, last)
    if (count === 32_768) {
      last += 1
      count = 0
    }
    let text = `${prefix}_${digits(last, 10)}${digits(count, 3)}`
    for (const byte of random(13)) text += alphabet.charAt(byte & 31)
    return text
  }
}

const make = (random: (size: number) => Uint8Array) => {
  const id = makeIds(random)
  return Entropy.of({
    bytes: (size) => Effect.sync(() => random(size)),
    id: (prefix) => Effect.map(Clock.currentTimeMillis, (now) => id(prefix, now))
  })
}

/** Random bytes by the page: one call of the kernel serves many ids. No byte is given out twice. */
const pooled = () => {
  const page = new Uint8Array(4_096)
  let offset = page.length
  return (size: number): Uint8Array => {
    if (size > page.length) return randomFillSync(new Uint8Array(size))
    if (offset + size > page.length) {
      randomFillSync(page)
      offset = 0
    }
    const bytes = page.slice(offset, offset + size)
    page.fill(0, offset, offset + size)
    offset += size
    return bytes
  }
}

export const layer: Layer.Layer<Entropy> = Layer.sync(Entropy, () => make(pooled()))

/** The same bytes and ids in every run. */
export const layerTest: Layer.Layer<Entropy> = Layer.sync(Entropy, () => {
  let calls = 0
  return make((size) => {
    const bytes = new Uint8Array(size)
    for (let offset = 0; offset < size; offset += 32) {
      bytes.set(hash("sha256", String(calls++), "buffer").subarray(0, Math.min(32, size - offset)), offset)
    }
    return bytes
  })
})
