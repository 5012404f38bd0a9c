/**
 * Keys of model providers. Sources: the providers' API references; OpenAI's keys carry the mark `T3BlbkFJ`.
 */
import { BASE62, BASE64URL, HEX, alnum, token } from "../CharClass.ts"
import { looksRandom } from "../Randomness.ts"
import type { Rule } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { prefixed } from "./prefixed.ts"

const MARK = ["T3Blbk", "FJ"].join("")

const isPlain = (text: string): boolean => !text.includes("-") && !text.includes("_")

const isOpenAi = (random: string): boolean => {
  if (random.startsWith("ant-") || !looksRandom(random)) return false
  if (random.includes(MARK)) return true
  for (const kind of ["proj-", "svcacct-", "admin-", "or-v1-"]) {
    if (random.startsWith(kind)) return random.length >= kind.length + 32
  }
  return random.length >= 32 && isPlain(random)
}

/** OpenAI, and the many providers that copied its `sk-`. */
export const openaiKey: Rule = prefixed({
  id: "openai-key",
  prefixes: ["sk-"],
  alphabet: BASE64URL,
  min: 20,
  max: 240,
  genuine: isOpenAi,
  make: (seed) => {
    switch (seed % 3) {
      case 0:
        return sample(BASE62, 20, seed) + MARK + sample(BASE62, 20, seed + 1)
      case 1:
        return `proj-${sample(BASE64URL, 74, seed)}${MARK}${sample(BASE64URL, 74, seed + 1)}`
      default:
        return sample(BASE62, 48, seed)
    }
  },
  counterExamples: ["sk-fading-circle-animation-in-css", "sk-learn-is-a-library-for-machine-learning"]
})

export const anthropicKey: Rule = prefixed({
  id: "anthropic-key",
  prefixes: ["sk-ant-"],
  alphabet: BASE64URL,
  min: 32,
  max: 240,
  make: (seed) => `api03-${sample(BASE64URL, 93, seed)}AA`
})

export const groqKey: Rule = prefixed({
  id: "groq-key",
  prefixes: ["gsk_"],
  alphabet: BASE62,
  edge: alnum,
  min: 52,
  max: 52
})

export const huggingFaceToken: Rule = prefixed({
  id: "hugging-face-token",
  prefixes: ["hf_"],
  alphabet: BASE62,
  edge: alnum,
  min: 34,
  max: 40
})

export const xaiKey: Rule = prefixed({
  id: "xai-key",
  prefixes: ["xai-"],
  alphabet: BASE62,
  edge: token,
  min: 80,
  max: 80
})

export const perplexityKey: Rule = prefixed({
  id: "perplexity-key",
  prefixes: ["pplx-"],
  alphabet: BASE62,
  edge: token,
  min: 48,
  max: 56
})

export const replicateToken: Rule = prefixed({
  id: "replicate-token",
  prefixes: ["r8_"],
  alphabet: BASE62,
  edge: alnum,
  min: 37,
  max: 37
})

export const databricksToken: Rule = prefixed({
  id: "databricks-token",
  prefixes: ["dapi"],
  alphabet: HEX,
  edge: alnum,
  min: 32,
  max: 32
})
