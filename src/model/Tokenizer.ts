/** Which published tokenizer a model counts with. Only families whose vendor says so: a guess would be no bound. */
export type Encoding = "o200k_base" | "cl100k_base"

// a fine-tuned model is named after its base; routers put the vendor's name in front
const prefix = /^(?:openai\/)?(?:ft:)?/
const o200k = /^(?:(?:chatgpt-|gpt-)4o|gpt-4\.[15]|gpt-5|o[134])(?:$|[-.:])/
const cl100k = /^(?:gpt-4|gpt-3\.5|gpt-35)(?:$|[-:])/

/** The encoding of OpenAI's chat models, by name; undefined for all others. */
export const encodingOf = (model: string): Encoding | undefined => {
  const name = model.replace(prefix, "")
  return o200k.test(name) ? "o200k_base" : cl100k.test(name) ? "cl100k_base" : undefined
}
