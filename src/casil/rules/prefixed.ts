/** The commonest kind of rule: a prefix that nothing else has, then so many random characters. */
import { type CharClass, chars } from "../CharClass.ts"
import { looksRandom } from "../Randomness.ts"
import { none, type Rule, run } from "../Rule.ts"
import { sample } from "../Sample.ts"

export interface Prefixed {
  readonly id: string
  readonly prefixes: ReadonlyArray<string>
  /** The characters that a random part is made of. */
  readonly alphabet: string
  /** Characters that a token may not touch; those of its own alphabet unless given. */
  readonly edge?: CharClass
  /** Length of what follows the prefix. */
  readonly min: number
  readonly max: number
  /** Length of the examples' random part; `min` unless given. */
  readonly usual?: number
  /** Judges what follows the prefix, instead of `looksRandom`. */
  readonly genuine?: (random: string, prefix: string) => boolean
  /** Makes what follows the prefix in an example, instead of random characters of the alphabet. */
  readonly make?: (seed: number, prefix: string) => string
  readonly counterExamples?: ReadonlyArray<string>
}

export const prefixed = (options: Prefixed): Rule => {
  const { alphabet, id, max, min, prefixes } = options
  const set = chars(alphabet)
  const edge = options.edge ?? set
  const genuine = options.genuine ?? looksRandom
  const make = options.make ?? ((seed: number) => sample(alphabet, options.usual ?? min, seed))
  return {
    id,
    anchors: prefixes,
    lead: none,
    left: edge,
    steps: [run(set, min, max)],
    right: edge,
    accept: (candidate) => {
      const prefix = prefixes.find((prefix) => candidate.startsWith(prefix)) ?? ""
      return genuine(candidate.slice(prefix.length), prefix) ? candidate.length : 0
    },
    example: (seed) => {
      const prefix = prefixes[seed % prefixes.length] ?? ""
      const secret = prefix + make(seed, prefix)
      return { text: secret, secret }
    },
    counterExamples: () => [
      ...prefixes.flatMap((prefix) => [
        prefix,
        prefix + sample(alphabet, min - 1, 1),
        prefix + sample(alphabet, max + 1, 2),
        prefix + "x".repeat(min),
        `Q7${prefix}${sample(alphabet, min, 3)}`
      ]),
      ...(options.counterExamples ?? [])
    ]
  }
}
