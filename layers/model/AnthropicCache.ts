/** Where a request on the Anthropic wire is marked for the vendor's cache: at most four places, tools to messages. */
import { cacheMinimum } from "../../src/model/PromptCache.ts"
import type { ModelContent } from "../../src/model/ModelRequest.ts"
import { estimateInput, type Turn } from "./Encode.ts"

export interface Places {
  readonly tools: boolean
  readonly system: boolean
  /** Messages, by their place in the content. */
  readonly turns: ReadonlySet<number>
}

export const nowhere: Places = { tools: false, system: false, turns: new Set() }

/** Only where what comes before reaches the model's minimum, by our estimate, which is on the low side. */
export const placesOf = (content: ModelContent, model: string, turns: ReadonlyArray<Turn>): Places => {
  const { cache } = content
  const minimum = cacheMinimum(model)
  if (cache === undefined || minimum === undefined) return nowhere
  const reaches = (part: Partial<ModelContent>, shown: ReadonlyArray<Turn>): boolean =>
    estimateInput({ ...content, ...part }, shown) >= minimum
  const ends = [cache.history, cache.turn ? turns.length : 0].filter((end) => end > 0 && end <= turns.length)
  return {
    tools: content.tools.length > 0 && reaches({ system: [] }, []),
    system: content.system.some((text) => text.trim() !== "") && reaches({}, []),
    turns: new Set(ends.filter((end) => reaches({}, turns.slice(0, end))).map((end) => end - 1))
  }
}
