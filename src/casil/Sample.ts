/** Made-up tokens, so that no rule needs a literal one. */

/** `length` characters of `alphabet` that look random and are the same for the same seed. */
export const sample = (alphabet: string, length: number, seed: number): string => {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0
  let text = ""
  for (let i = 0; i < length; i++) {
    // xorshift: small, and good enough for examples
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    text += alphabet.charAt((state >>> 8) % alphabet.length)
  }
  return text
}
