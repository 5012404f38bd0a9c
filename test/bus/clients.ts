/** Small clients of the bus for tests: every frame is awaited one by one. */
import { create, fromBinary, fromJsonString, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf"
import { WebSocket, type ClientOptions } from "ws"
import {
  ClientFrameSchema,
  type ServerFrame,
  ServerFrameSchema
} from "../../layers/proto/generated/arqonbus/v1/frame_pb.js"
import type { HelloSchema } from "../../layers/proto/generated/arqonbus/v1/session_pb.js"

export type Frame = NonNullable<MessageInitShape<typeof ClientFrameSchema>["frame"]>
type Case = NonNullable<ServerFrame["frame"]["case"]>
type Value<C extends Case> = Extract<ServerFrame["frame"], { case: C }>["value"]

export class BusClient {
  readonly ws: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly frames: Array<ServerFrame> = []
  readonly #waiting = new Set<() => void>()
  readonly #json: boolean
  #taken = 0
  #isClosed = false
  #request = 0

  constructor(url: string, { json = false, ...options }: ClientOptions & { readonly json?: boolean } = {}) {
    this.#json = json
    this.ws = new WebSocket(url, [json ? "arqonbus.v1.json" : "arqonbus.v1.proto"], options)
    this.ws.on("message", (data: Buffer, isBinary) => {
      this.frames.push(
        isBinary ? fromBinary(ServerFrameSchema, data) : fromJsonString(ServerFrameSchema, data.toString("utf8"))
      )
      this.#wake()
    })
    this.ws.on("error", () => undefined)
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code, reason) => {
        this.#isClosed = true
        this.#wake()
        resolve({ code, reason: reason.toString() })
      })
    })
  }

  get opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ws.readyState === WebSocket.OPEN) return resolve()
      this.ws.once("open", () => resolve())
      this.ws.once("error", reject)
    })
  }

  /** Sends a frame with the next request number, and gives that number. */
  send(frame: Frame, request = ++this.#request): number {
    const message = create(ClientFrameSchema, { request, frame })
    this.ws.send(this.#json ? toJsonString(ClientFrameSchema, message) : toBinary(ClientFrameSchema, message))
    return request
  }

  /** The next frame that was not awaited yet and is of this kind; those before it are passed over. */
  async next<C extends Case>(kind: C): Promise<Value<C>> {
    for (;;) {
      const frame = await this.#take()
      if (frame.frame.case === kind) return frame.frame.value as Value<C>
    }
  }

  /** The answer to a request: of this kind, or an error thrown. */
  async answer<C extends Case>(request: number, kind: C): Promise<Value<C>> {
    for (let seen = 0; ; seen++) {
      while (seen >= this.frames.length) await this.#more()
      const { frame, request: of } = this.frames[seen]!
      if (of !== request) continue
      if (frame.case === kind) return frame.value as Value<C>
      throw new Error(`answered with ${frame.case} ${JSON.stringify(frame.value, replacer)}`)
    }
  }

  /** Sends a frame and awaits its answer. */
  ask<C extends Case>(frame: Frame, kind: C): Promise<Value<C>> {
    return this.answer(this.send(frame), kind)
  }

  /** Says hello as a service, or as something else. */
  async hello(
    changes: Omit<MessageInitShape<typeof HelloSchema>, "$typeName" | "$unknown"> = {}
  ): Promise<Value<"welcome">> {
    await this.opened
    return this.ask({ case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4, ...changes } }, "welcome")
  }

  join(channel: string, room = "ops"): Promise<Value<"joined">> {
    return this.ask({ case: "join", value: { room, channel } }, "joined")
  }

  publish(text: string, channel = "lobby", room = "ops", id = ""): Promise<Value<"ack">> {
    return this.ask(
      { case: "publish", value: { room, channel, id, content: { body: { case: "text", value: text } } } },
      "ack"
    )
  }

  /** The texts of the messages that came so far. */
  get texts(): ReadonlyArray<string> {
    return this.frames.flatMap(({ frame }) =>
      frame.case === "message" && frame.value.content?.body.case === "text" ? [frame.value.content.body.value] : []
    )
  }

  close(): Promise<unknown> {
    this.ws.close()
    return this.closed
  }

  async #take(): Promise<ServerFrame> {
    while (this.#taken >= this.frames.length) await this.#more()
    return this.frames[this.#taken++]!
  }

  #more(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("the connection was closed"))
    return new Promise((resolve) => void this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resume of this.#waiting) resume()
    this.#waiting.clear()
  }
}

const replacer = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)
