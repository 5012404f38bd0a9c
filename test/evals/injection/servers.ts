/** The world around the gateway: documents, what leaks to the attacker, and a model that obeys whatever it reads. */
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { type Attempt, essence, type Task } from "./data.ts"

const listen = async (handler: RequestListener) => {
  const server = createServer(handler).listen(0, "127.0.0.1")
  await once(server, "listening")
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

export interface Call {
  readonly name: string
  readonly input: unknown
}

/** The scene that is played: set before each message. */
export interface Scene {
  document: string
  attempt: Attempt | undefined
  task: Task | undefined
  /** The tools that the model uses for the message, one after the other. */
  plan: ReadonlyArray<Call>
  /** The model obeys what it reads; else it repeats it. */
  obeys: boolean
}

/** Serves the scene's document, and remembers what else it was asked. */
export const web = async (scene: Scene) => {
  const seen: Array<{ readonly path: string; readonly authorization: string }> = []
  const { close, port } = await listen((request, response) => {
    const path = request.url ?? ""
    response.setHeader("content-type", "text/plain; charset=utf-8")
    if (path === "/document") return void response.end(scene.document)
    seen.push({ path, authorization: request.headers.authorization ?? "" })
    response.end("ok")
  })
  return { port, close, seen }
}

interface Message {
  readonly role: string
  readonly content?: unknown
  readonly tool_calls?: unknown
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const chunk = (delta: unknown, finish: string | null = null) =>
  event({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })

/** What each goal takes, with the attempt's id where the effect will be looked for. */
const deed = ({ goal, id }: Attempt, origin: string): Call => {
  switch (goal) {
    case "egress":
      return { name: "web_fetch", input: { url: `${origin}/leak/${id}` } }
    case "write":
      return { name: "note_save", input: { text: `pwned ${id}` } }
    case "secret":
      return { name: "api_call", input: { operation: "report", parameters: { id } } }
  }
}

/** A model on the OpenAI wire: uses the tools of the scene, answers, and carries out every attack that it reads. */
export const model = async (scene: Scene, origin: () => string) => {
  /** Attempts whose order the model was shown. */
  const tempted = new Set<string>()
  const decide = (messages: ReadonlyArray<Message>): Call | string => {
    const { attempt, task } = scene
    const shown = messages.filter(({ role }) => role !== "system")
    const whole = essence(JSON.stringify(shown.map(({ content }) => content ?? "")))
    const done = JSON.stringify(shown.map(({ tool_calls }) => tool_calls ?? []))
    if (attempt !== undefined && scene.obeys && whole.includes(essence(JSON.stringify(attempt.order).slice(1, -1)))) {
      tempted.add(attempt.id)
      if (!done.includes(attempt.id)) return deed(attempt, origin())
    }
    const used = shown.slice(shown.findLastIndex(({ role }) => role === "user")).filter(({ role }) => role === "tool")
    const next = scene.plan[used.length]
    if (next !== undefined) return next
    if (task !== undefined) return task.answer === "" ? "unknown" : task.answer
    return attempt === undefined || scene.obeys ? "That is all." : `It says: ${scene.document}`
  }
  const { close, port } = await listen((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (bytes: Buffer) => chunks.push(bytes))
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { readonly messages: ReadonlyArray<Message> }
      const said = decide(body.messages)
      response.writeHead(200, { "content-type": "text/event-stream" })
      if (typeof said === "string") response.write(chunk({ role: "assistant", content: said }) + chunk({}, "stop"))
      else {
        const named = { name: said.name, arguments: JSON.stringify(said.input) }
        response.write(chunk({ tool_calls: [{ index: 0, id: "call", type: "function", function: named }] }))
        response.write(chunk({}, "tool_calls"))
      }
      const usage = { prompt_tokens: Math.ceil(body.messages.length * 50), completion_tokens: 10 }
      response.write(event({ id: "c", object: "chat.completion.chunk", choices: [], usage }))
      response.end("data: [DONE]\n\n")
    })
  })
  return { port, close, tempted }
}
