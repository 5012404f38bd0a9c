/**
 * Writes `src/casil/context/words.ts`: the words of a public vocabulary of tokens that has been ordered by how common they
 * are. Deterministic.
 *
 *     npm run bake:casil
 */
import { writeFileSync } from "node:fs"
import ranks from "gpt-tokenizer/esm/bpeRanks/cl100k_base"

const MOST_COMMON = 25_000
const SHORTEST = 2
const LONGEST = 16

const words = new Set<string>()
for (const token of ranks.slice(0, MOST_COMMON)) {
  if (typeof token !== "string") continue
  const word = token.trim().toLowerCase()
  if (word.length >= SHORTEST && word.length <= LONGEST && /^[a-z]+$/.test(word)) words.add(word)
}

const file = new URL("../../../src/casil/context/words.ts", import.meta.url)
writeFileSync(
  file,
  `/** Words and parts of words by how common they are: the first of the vocabulary cl100k_base (MIT), made by \`npm run bake:casil\`. */
export const words =
  "${[...words].join(" ")}"
`
)
