/** How a turn is shown: the answer on standard output, everything around it on standard error. */
import type { ChatEvent, ChatResult } from "../client/index.ts"
import type { Io } from "./Io.ts"
import { dollars, oneLine, printable, time } from "./text.ts"

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

/** The receipt in one line: what the turn cost, by model, tool and block of the prompt. */
export const receiptLine = (receipt: NonNullable<ChatResult["receipt"]>): string => {
  const models = new Map<string, { calls: number; input: number; output: number }>()
  for (const { inputTokens, model, outputTokens, provider } of receipt.calls) {
    const name = provider === model ? model : `${provider}/${model}`
    const sum = models.get(name) ?? { calls: 0, input: 0, output: 0 }
    models.set(name, { calls: sum.calls + 1, input: sum.input + inputTokens, output: sum.output + outputTokens })
  }
  const blocks = receipt.blocks.filter(({ tokens }) => tokens > 0).map(({ kind, tokens }) => `${kind} ${tokens}`)
  return [
    `${counted(receipt.totalTokens, "token")}, ${dollars(receipt.totalMicros)}`,
    ...[...models].map(
      ([name, { calls, input, output }]) => `${name}: ${counted(calls, "call")}, ${input} in, ${output} out`
    ),
    ...(receipt.tools.length === 0
      ? []
      : [`tools: ${receipt.tools.map(({ calls, name }) => `${name} ${calls}x`).join(", ")}`]),
    ...(blocks.length === 0 ? [] : [`prompt: ${blocks.join(", ")}`])
  ].join(" | ")
}

const widest = 160

/** The answer as it streams, tool calls while they run, and the receipt. */
export const text = ({ colors, err, out, terminal }: Io["Service"]): View => {
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
        case "approval": {
          const { expiresAt, id } = event.data
          return note(`?  An approval is needed until ${time(expiresAt)}: exoclaw approve ${id}`)
        }
        case "notice":
          // the line above says it shorter
          if (event.data.code === "approval") return
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
