/** `exoclaw chat`: one message, the lines of a file or pipe, or a conversation in a terminal. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Gateway } from "../client/index.ts"
import { shown } from "./approve.ts"
import * as ChatView from "./ChatView.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import * as Lines from "./Lines.ts"
import { client, type Target } from "./reach.ts"

interface Input extends Target {
  readonly message: ReadonlyArray<string>
  readonly peer: string | undefined
  readonly agent: string | undefined
  readonly json: boolean
}

/** Shows what is asked in full and takes the answer of who sits at the terminal; any other line leaves it waiting. */
const answerHere = async (io: Io["Service"], { call }: Gateway, id: string): Promise<void> => {
  try {
    const [approval] = (await call("approval.list", { id })).approvals
    if (approval?.status !== "pending") return
    io.err(shown(approval))
    const line = await Effect.runPromise(Lines.question("May exactly this be done, once? [y/n] "))
    const decision = /^y(?:es)?$/i.test(line?.trim() ?? "")
      ? "approve"
      : /^no?$/i.test(line?.trim() ?? "")
        ? "deny"
        : undefined
    if (decision === undefined) return io.err("Left waiting.\n")
    await call("approval.resolve", { id, hash: approval.hash, decision })
  } catch (cause) {
    // without the scope, or too late
    io.err(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    io.err(`?  Somebody with the scope "approve" answers it: exoclaw approve ${id}\n`)
  }
}

/** Gives the function that sends one message and shows its turn. */
const speaker = Effect.fnUntraced(function* (input: Input) {
  const io = yield* Io
  const { isLost, use } = yield* client(input)
  // somebody sits there and sees the question: they need no second terminal
  const asks = io.terminal.stdin && io.terminal.stdout && !input.json
  const view = input.json ? ChatView.json(io) : ChatView.text(io, asks)
  const where = {
    ...(input.peer === undefined ? {} : { peer: input.peer }),
    ...(input.agent === undefined ? {} : { agent: input.agent })
  }
  const say = (content: string) =>
    use(async (gateway) => {
      const chat = gateway.chat({ content, ...where })
      let interrupts = 0
      const release = io.onInterrupt(() => {
        interrupts++
        if (interrupts > 1) process.exit(exitCode.interrupted)
        io.err("\nStopping. Ctrl-C once more ends the program.\n")
        // how the turn ended is told by its own result
        chat.cancel().catch(() => undefined)
      })
      try {
        for await (const event of chat) {
          view.event(event)
          if (event.type === "approval" && asks) await answerHere(io, gateway, event.data.id)
        }
        view.result(await chat.result)
      } finally {
        release()
        view.end()
      }
    })
  return { say, isLost }
})

export const chat = Effect.fnUntraced(function* (input: Input) {
  const io = yield* Io
  const message = input.message.join(" ")
  if (input.message.length > 0 && message.trim() === "") {
    return yield* failure("There is no message to send.", exitCode.usage)
  }
  const { isLost, say } = yield* speaker(input)
  if (input.message.length > 0) return yield* say(message)

  const conversing = io.terminal.stdin && io.terminal.stdout && !input.json
  if (conversing) io.err("Say something; Ctrl-D ends.\n")
  const lines = yield* Lines.open(conversing)
  for (let line = yield* lines.next; line !== undefined; line = yield* lines.next) {
    if (line.trim() === "") continue
    const done = yield* Effect.result(say(line))
    if (Result.isSuccess(done)) continue
    // in a conversation a turn that failed is no reason to leave
    if (!conversing || isLost() || done.failure.exitCode === exitCode.notAllowed) return yield* done.failure
    io.err(`exoclaw: ${done.failure.message}\n`)
  }
}, Effect.scoped)
