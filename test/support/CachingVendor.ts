/**
 * A vendor on the Anthropic wire, in this process, with a cache as its documents describe it: a prompt is a row of
 * blocks (tools, system, messages); a mark writes all blocks before it, once they have enough tokens; a later prompt
 * reads the longest row that was written, looking back from its marks. Four bytes are a token.
 */
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

export interface CachedUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_read_input_tokens: number
  readonly cache_creation_input_tokens: number
}

export interface CachingVendor {
  readonly url: string
  /** Bodies of the calls, in order, and what each was billed for. */
  readonly bodies: ReadonlyArray<any>
  readonly usages: ReadonlyArray<CachedUsage>
}

interface Row {
  readonly block: unknown
  readonly marked: boolean
}

/** The blocks of a prompt in the order in which a cache sees them, without their marks. */
export const rowsOf = (body: any): ReadonlyArray<Row> => {
  const system = typeof body.system === "string" ? [{ type: "text", text: body.system }] : (body.system ?? [])
  const messages = body.messages.flatMap(({ content, role }: any) => content.map((block: any) => ({ ...block, role })))
  return [...(body.tools ?? []), ...system, ...messages].map(({ cache_control, ...block }) => ({
    block,
    marked: cache_control !== undefined
  }))
}

const tokensOf = (rows: ReadonlyArray<Row>): number =>
  rows.reduce((sum, { block }) => sum + Math.ceil(JSON.stringify(block).length / 4), 0)

/** How far back a mark looks for what was written. */
const lookBack = 20

class Cache {
  readonly #written = new Set<string>()
  readonly #minimum: number
  constructor(minimum: number) {
    this.#minimum = minimum
  }

  use(rows: ReadonlyArray<Row>): { readonly read: number; readonly write: number } {
    const key = (end: number) => JSON.stringify(rows.slice(0, end).map(({ block }) => block))
    const marks = rows.flatMap(({ marked }, n) => (marked ? [n + 1] : []))
    if (marks.length > 4) throw new Error("more than four marks")
    const candidates = marks.flatMap((mark) => Array.from({ length: lookBack }, (_, back) => mark - back))
    const readTo = Math.max(0, ...candidates.filter((end) => end > 0 && this.#written.has(key(end))))
    const long = marks.filter((mark) => tokensOf(rows.slice(0, mark)) >= this.#minimum)
    for (const mark of long) this.#written.add(key(mark))
    const writeTo = Math.max(readTo, ...long)
    return { read: tokensOf(rows.slice(0, readTo)), write: tokensOf(rows.slice(readTo, writeTo)) }
  }
}

const frame = (type: string, data: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`

const answer = (response: ServerResponse, usage: CachedUsage, call: { name: string; input: unknown } | undefined) => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.write(
    frame("message_start", { message: { id: "msg_1", model: "m", usage: { ...usage, output_tokens: 1 } } })
  )
  if (call === undefined) {
    response.write(frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }))
    response.write(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "That is done." } }))
  } else {
    const block = { type: "tool_use", id: "call_1", name: call.name, input: {} }
    const partial = { type: "input_json_delta", partial_json: JSON.stringify(call.input) }
    response.write(frame("content_block_start", { index: 0, content_block: block }))
    response.write(frame("content_block_delta", { index: 0, delta: partial }))
  }
  response.write(frame("content_block_stop", { index: 0 }))
  const stop = call === undefined ? "end_turn" : "tool_use"
  response.write(
    frame("message_delta", { delta: { stop_reason: stop }, usage: { output_tokens: usage.output_tokens } })
  )
  response.end(frame("message_stop", {}))
}

/** A vendor on a free port, closed with the test; `call` names a tool instead of an answer. */
export const cachingVendor = async (
  minimum: number,
  call: (body: any) => { readonly name: string; readonly input: unknown } | undefined
): Promise<CachingVendor> => {
  const bodies: Array<any> = []
  const usages: Array<CachedUsage> = []
  const cache = new Cache(minimum)
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (bytes: Buffer) => chunks.push(bytes))
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8"))
      const rows = rowsOf(body)
      const { read, write } = cache.use(rows)
      const usage: CachedUsage = {
        input_tokens: tokensOf(rows) - read - write,
        output_tokens: 20,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: write
      }
      bodies.push(body)
      usages.push(usage)
      answer(response, usage, call(body))
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, "close")
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, usages }
}
