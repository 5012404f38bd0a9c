/** How a turn is shown: the answer on standard output, everything around it on standard error. */
import type { ChatEvent, ChatResult } from "../client/index.ts"
import type { Io } from "./Io.ts"
import { dollars, oneLine, printable } from "./text.ts"

export interface View {
  readonly event: (event: ChatEvent) => void
  readonly result: (result: ChatResult) => void
  /** After the result or a failure. */
  readonly end: () => void
}

/** One JSON value per line: the events as they come, then `{"type": "result", ...}`. */
export const json = ({ out }: Io["Service"]): View => ({
  event: (event) => out(`${JSON.stringify(event)}\n`),
  result: (result) => out(`${JSON.stringify({ type: "result", ...result })}\n`),
  end: () => undefined
})

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

type Receipt = NonNullable<ChatResult["receipt"]>

const inputOf = ({ cacheRead, cacheWrite, inputTokens }: Receipt["calls"][number]): number =>
  inputTokens + cacheRead + cacheWrite

/** What a cache did: nothing where there was none. */
const cacheOf = ({ calls, savedMicros }: Receipt): string => {
  const read = calls.reduce((sum, { cacheRead }) => sum + cacheRead, 0)
  const written = calls.reduce((sum, { cacheWrite }) => sum + cacheWrite, 0)
  if (read === 0 && written === 0) return ""
  const saved = savedMicros < 0 ? `cost ${dollars(-savedMicros)} more` : `saved ${dollars(savedMicros)}`
  return `cache: ${read} read, ${written} written, ${saved}`
}

/** The receipt in one line: what the turn cost, by model, tool and block of the prompt. */
export const receiptLine = (receipt: Receipt): string => {
  const models = new Map<string, { calls: number; input: number; output: number }>()
  for (const call of receipt.calls) {
    const { model, outputTokens, provider } = call
    const name = provider === model ? model : `${provider}/${model}`
    const sum = models.get(name) ?? { calls: 0, input: 0, output: 0 }
    models.set(name, { calls: sum.calls + 1, input: sum.input + inputOf(call), output: sum.output + outputTokens })
  }
  const list = (what: string, items: ReadonlyArray<string>): string =>
    items.length === 0 ? "" : `${what}: ${items.join(", ")}`
  return [
    `${counted(receipt.totalTokens, "token")}, ${dollars(receipt.totalMicros)}`,
    ...[...models].map(
      ([name, { calls, input, output }]) => `${name}: ${counted(calls, "call")}, ${input} in, ${output} out`
    ),
    cacheOf(receipt),
    list(
      "tried again",
      receipt.retries.map(({ kind, provider }) => `${provider} (${kind.replaceAll("_", " ")})`)
    ),
    list(
      "tools",
      receipt.tools.map(({ calls, name, promptTokens }) => `${name} ${calls}x (${counted(promptTokens, "token")})`)
    ),
    list(
      "prompt",
      receipt.blocks.map(({ kind, tokens }) => `${kind.replaceAll("_", " ")} ${tokens}`)
    )
  ]
    .filter((part) => part !== "")
    .join(" | ")
}

const widest = 160

/** A sentence on why something waits is told to its end. */
const widestQuestion = 600

/** The answer as it streams, tool calls while they run, and the receipt. `asks`: questions are put elsewhere. */
export const text = ({ colors, err, out, terminal }: Io["Service"], asks = false): View => {
  let atLineStart = true
  let hasAnswer = false
  const note = (line: string) => {
    // both streams end in the same terminal: a note does not stand in the middle of a line
    if (!atLineStart && terminal.stdout) write("\n")
    err(colors ? `\u001b[2m${line}\u001b[22m\n` : `${line}\n`)
  }
  const write = (chunk: string) => {
    const shown = terminal.stdout ? printable(chunk) : chunk
    if (shown === "") return
    out(shown)
    atLineStart = shown.endsWith("\n")
  }
  return {
    event: (event) => {
      switch (event.type) {
        case "text":
          hasAnswer = true
          return write(event.data.text)
        case "tool_call":
          return note(`-> ${oneLine(`${event.data.name} ${JSON.stringify(event.data.input)}`, widest)}`)
        case "tool_result":
          return note(oneLine(`${event.data.isError ? "<- failed: " : "<- "}${event.data.content}`, widest))
        case "notice":
          // it comes after the event, whose question somebody at the terminal has answered then
          if (event.data.code === "approval") {
            return asks ? undefined : note(`?  ${oneLine(event.data.message, widestQuestion)}`)
          }
          return note(oneLine(`!  ${event.data.message}`, widest))
        // the receipt has the usage, the failure has the error
        default:
          return
      }
    },
    result: ({ receipt, stopReason, text: answer }) => {
      // a turn that was over before had its events earlier
      if (!hasAnswer) write(answer)
      if (!atLineStart) write("\n")
      if (stopReason !== "end_turn") note(`!  The turn ended early: ${stopReason.replaceAll("_", " ")}.`)
      if (receipt !== null) note(oneLine(receiptLine(receipt), 1000))
    },
    end: () => {
      if (!atLineStart) write("\n")
      hasAnswer = false
    }
  }
}
