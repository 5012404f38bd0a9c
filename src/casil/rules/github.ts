/**
 * GitHub: a prefix per kind, thirty random characters, six of checksum; fine-grained tokens are longer.
 * Source: GitHub's announcement of its token formats, April 2021. A token whose checksum is right is one; another may
 * still be one of a newer format, so it counts when it looks random.
 */
import { alnum, BASE62, word } from "../CharClass.ts"
import { checksum62, hasChecksum62 } from "../Checksum.ts"
import { looksRandom } from "../Randomness.ts"
import type { Rule } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { prefixed } from "./prefixed.ts"

const checksummed = (seed: number): string => {
  const random = sample(BASE62, 30, seed)
  return random + checksum62(random)
}

export const githubToken: Rule = prefixed({
  id: "github-token",
  prefixes: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
  alphabet: BASE62,
  edge: alnum,
  min: 36,
  max: 251,
  genuine: (random) => hasChecksum62(random) || looksRandom(random),
  make: checksummed
})

export const githubFineGrainedToken: Rule = prefixed({
  id: "github-fine-grained-token",
  prefixes: ["github_pat_"],
  alphabet: `${BASE62}_`,
  edge: word,
  min: 36,
  max: 244,
  make: (seed) => `${sample(BASE62, 22, seed)}_${sample(BASE62, 59, seed + 1)}`
})

/** npm uses GitHub's format. Source: GitHub's changelog on npm access tokens, September 2021. */
export const npmToken: Rule = prefixed({
  id: "npm-token",
  prefixes: ["npm_"],
  alphabet: BASE62,
  edge: alnum,
  min: 36,
  max: 36,
  genuine: (random) => hasChecksum62(random) || looksRandom(random),
  make: checksummed
})
