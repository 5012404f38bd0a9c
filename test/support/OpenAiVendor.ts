/** A vendor on the OpenAI wire, in this process, that counts what it bills. Written from the vendor's documents. */
import { once } from "node:events"
import { createServer, type RequestListener, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

/** A request as it came. */
export interface Asked {
  readonly body: any
  /** The body's text. */
  readonly text: string
  readonly headers: NodeJS.Dict<string | Array<string>>
}

export interface Vendor {
  readonly url: string
  readonly asked: ReadonlyArray<Asked>
  /** What it bills for, call by call. */
  readonly bills: ReadonlyArray<Usage>
  readonly billed: () => number
}

export interface Behaviour {
  /** Has it speak TLS, as `localhost`. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** What a call costs; ten tokens in and five out if left out. */
  readonly bill?: (asked: Asked) => Usage
  /** What it says that a call costs; the truth if left out. */
  readonly report?: (truth: Usage) => Usage
  /** Pieces of the answer. */
  readonly pieces?: (asked: Asked) => ReadonlyArray<string>
  /** A tool it calls instead of answering. */
  readonly call?: (asked: Asked) => { readonly name: string; readonly input: unknown } | undefined
  /** Called before it says anything. */
  readonly before?: (asked: Asked) => Promise<void>
  /** Called after the first piece; the rest waits for it. `false` breaks the connection instead. */
  readonly pause?: (asked: Asked) => Promise<boolean>
}

export const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
export const chunk = (delta: unknown, finish: string | null = null) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, finish_reason: finish }]
})

const answer = async (response: ServerResponse, asked: Asked, truth: Usage, behaviour: Behaviour) => {
  const { pause, pieces = () => ["one two three"], report = (usage: Usage) => usage } = behaviour
  response.on("error", () => undefined)
  await behaviour.before?.(asked)
  response.writeHead(200, { "content-type": "text/event-stream" })
  const call = behaviour.call?.(asked)
  if (call !== undefined) {
    const named = { name: call.name, arguments: JSON.stringify(call.input) }
    response.write(event(chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: named }] })))
    response.write(event(chunk({}, "tool_calls")))
    response.write(event({ ...chunk({}), choices: [], usage: report(truth) }))
    return response.end("data: [DONE]\n\n")
  }
  const [first = "", ...rest] = pieces(asked)
  response.write(event(chunk({ role: "assistant", content: first })))
  if (pause !== undefined && !(await pause(asked))) return response.destroy()
  for (const piece of rest) response.write(event(chunk({ content: piece })))
  response.write(event(chunk({}, "stop")))
  response.write(event({ ...chunk({}), choices: [], usage: report(truth) }))
  response.end("data: [DONE]\n\n")
}

/** True where the request brings the result of a tool. */
export const hasResult = ({ body }: Asked): boolean => body.messages.at(-1)?.role === "tool"

/** A vendor on a free port; closed with the test. */
export const vendor = async (behaviour: Behaviour): Promise<Vendor> => {
  const asked: Array<Asked> = []
  const bills: Array<Usage> = []
  const { tls } = behaviour
  const listener: RequestListener = (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (bytes: Buffer) => chunks.push(bytes))
    request.on("error", () => undefined)
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8")
      const one: Asked = { body: JSON.parse(text), text, headers: request.headers }
      asked.push(one)
      const truth = behaviour.bill?.(one) ?? { prompt_tokens: 10, completion_tokens: 5 }
      bills.push(truth)
      void answer(response, one, truth, behaviour)
    })
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 })
  await once(server, "listening")
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, "close")
  })
  const { port } = server.address() as AddressInfo
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}/v1` : `https://localhost:${port}/v1`,
    asked,
    bills,
    billed: () => bills.reduce((sum, bill) => sum + bill.prompt_tokens + bill.completion_tokens, 0)
  }
}
