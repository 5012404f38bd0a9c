/** Servers the adapters are tried against: two independent mocks from npm, and one that sends the bytes it is told. */
import { LLMock } from "@copilotkit/aimock"
import { buildSync } from "esbuild"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const aimock: Effect.Effect<LLMock, never, Scope> = Effect.acquireRelease(
  Effect.promise(() => LLMock.create({ port: 0 })),
  (mock) => Effect.promise(() => mock.stop())
)

interface Mockingbird {
  readonly url: string
  readonly close: () => Promise<void>
}
type Start = (options?: Readonly<Record<string, unknown>>) => Promise<Mockingbird>

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-mock-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** llm-mockingbird is published as TypeScript without file endings, so it is bundled first. */
export const mockingbird = (
  wire: "Anthropic" | "OpenAI",
  options: Readonly<Record<string, unknown>> = {}
): Effect.Effect<string, never, Scope> =>
  Effect.gen(function* () {
    const outfile = join(yield* folder, "mock.cjs")
    buildSync({
      entryPoints: [new URL("../../node_modules/llm-mockingbird/src/create-mock.ts", import.meta.url).pathname],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error"
    })
    const started: Record<string, Start> = createRequire(import.meta.url)(outfile)
    const mock = yield* Effect.acquireRelease(
      Effect.promise(async () => started[`start${wire}Mock`]?.(options)),
      (running) => Effect.promise(async () => running?.close())
    )
    return mock?.url ?? ""
  })

export interface RawServer {
  readonly url: string
  /** Requests so far, as text. */
  readonly requests: Array<string>
  /** Connections that were opened, and those the client closed before we did. */
  readonly sockets: Array<Socket>
  readonly closed: () => Promise<void>
}

/** A TCP server that answers each request by whatever `answer` writes. */
export const raw = (
  answer: (socket: Socket, request: string) => void | Promise<void>
): Effect.Effect<RawServer, never, Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets: Array<Socket> = []
      const requests: Array<string> = []
      let gone = (): void => {}
      const left = new Promise<void>((resolve) => (gone = resolve))
      const server = createServer((socket) => {
        sockets.push(socket)
        let text = ""
        socket.on("error", () => {})
        socket.on("close", () => gone())
        socket.on("data", (bytes) => {
          text += bytes.toString("utf8")
          const head = text.indexOf("\r\n\r\n")
          const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
          if (head < 0 || Buffer.byteLength(text.slice(head + 4)) < length) return
          const request = text
          text = ""
          requests.push(request)
          void answer(socket, request)
        })
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as AddressInfo
      return { url: `http://127.0.0.1:${port}`, requests, sockets, closed: () => left, server }
    }),
    ({ server, sockets }) =>
      Effect.promise(async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise<void>((resolve) => server.close(() => resolve()))
      })
  )

export const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

/** One HTTP chunk. */
export const http = (bytes: Uint8Array | string): Buffer => {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")])
}
export const last = "0\r\n\r\n"

/** Lets what was written leave before more is. */
export const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
