/**
 * The program that counts tokens with OpenAI's published vocabularies. A process of its own, because a vocabulary takes
 * some 65 MB, most of which a worker thread would leave behind in the gateway when it ends.
 */
import type { Encoding } from "../../src/model/Tokenizer.ts"
import type { CountOrder, CountReport } from "./CountMessage.ts"
import { countText, type Vocabulary } from "./countText.ts"

/** Words whose tokens are remembered. The library's own number makes each hit slower the more there are. */
const remembered = 500

const load: Readonly<Record<Encoding, () => Promise<Vocabulary>>> = {
  o200k_base: async () => {
    const [{ countTokens, setMergeCacheSize }, constants] = await Promise.all([
      import("gpt-tokenizer/encoding/o200k_base"),
      import("gpt-tokenizer/encodingParams/constants")
    ])
    setMergeCacheSize(remembered)
    return { countTokens, split: constants.O200K_TOKEN_SPLIT_REGEX }
  },
  cl100k_base: async () => {
    const [{ countTokens, setMergeCacheSize }, constants] = await Promise.all([
      import("gpt-tokenizer/encoding/cl100k_base"),
      import("gpt-tokenizer/encodingParams/constants")
    ])
    setMergeCacheSize(remembered)
    return { countTokens, split: constants.CL100K_TOKEN_SPLIT_REGEX }
  }
}

const answer = async ({ encoding, id, texts }: CountOrder): Promise<void> => {
  const vocabulary = await load[encoding]()
  const tokens = texts.reduce((sum, text) => sum + countText(vocabulary, text), 0)
  const report: CountReport = { id, tokens }
  process.send?.(report)
}

process.on("message", (order: CountOrder) => void answer(order))
process.on("disconnect", () => process.exit(0))
