/** What OpenAI counts of a chat request, for a tokenizer: an upper bound that is close, not an estimate. */
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { openAiContent } from "./OpenAiRequest.ts"

export interface Countable {
  /** Texts that the model is shown, each tokenized alone. */
  readonly texts: ReadonlyArray<string>
  /** Tokens around them, at most. */
  readonly overhead: number
}

// Documented: three tokens before the answer. The rest is for the vendor's mark that a conversation has tools.
const base = 16
const anyTools = 48
// Documented: three tokens and the role around a message; in newer formats also a channel.
const perMessage = 8
// A call is shown with its addressee, its kind of argument and an end of its own; so is its result.
const perCall = 24
const perResult = 24
// Documented: seven to ten tokens at the head of a function and twelve at its end, three for a property, and three for
// each choice of an enumeration. A function's JSON has two quotes around each of these, and more signs between them.
const perTool = 24

const quotes = (json: string): number => json.split('"').length - 1

/**
 * The vendor shows a model the tools in its own shorter notation; here they count as their JSON, with a token for each
 * quote in it besides. Ids count too, though the vendor does not document that they are shown.
 */
export const openAiCountable = (request: ModelRequest): Countable => {
  const { messages, tools = [] } = openAiContent(request, request.model)
  const texts: Array<string> = []
  let overhead = base + (tools.length === 0 ? 0 : anyTools)
  for (const message of messages) {
    overhead += perMessage
    texts.push(message.content ?? "")
    if (message.role === "tool") {
      overhead += perResult
      texts.push(message.tool_call_id)
    }
    if (message.role !== "assistant") continue
    for (const call of message.tool_calls ?? []) {
      overhead += perCall
      texts.push(call.id, call.function.name, call.function.arguments)
    }
  }
  for (const tool of tools) {
    const json = JSON.stringify(tool)
    overhead += perTool + quotes(json)
    texts.push(json)
  }
  return { texts: texts.filter((one) => one !== ""), overhead }
}
