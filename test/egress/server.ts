/** Servers for these tests: real ones, on loopback, told in raw bytes what to answer. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Server {
  readonly port: number
  readonly seen: Array<Seen>
}

const listening = (server: net.Server, seen: Array<Seen>): Effect.Effect<Server, never, Scope.Scope> => {
  const sockets = new Set<net.Socket>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
  })
  return Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as net.AddressInfo
        resume(Effect.succeed({ port, seen }))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
}

const recording =
  (seen: Array<Seen>, handle: (seen: Seen, response: http.ServerResponse) => void): http.RequestListener =>
  (request, response) => {
    const pieces: Array<Buffer> = []
    request.on("data", (piece: Buffer) => pieces.push(piece))
    request.on("end", () => {
      const { headers, method = "", url = "" } = request
      const one = { method, url, headers, body: Buffer.concat(pieces).toString() }
      seen.push(one)
      handle(one, response)
    })
  }

export const serve = (handle: (seen: Seen, response: http.ServerResponse) => void) =>
  Effect.suspend(() => {
    const seen: Array<Seen> = []
    return listening(http.createServer(recording(seen, handle)), seen)
  })

export const serveTls = (options: https.ServerOptions, handle: (seen: Seen, response: http.ServerResponse) => void) =>
  Effect.suspend(() => {
    const seen: Array<Seen> = []
    const server = https.createServer(options, recording(seen, handle))
    server.on("tlsClientError", () => {})
    return listening(server, seen)
  })

/** A server that is no HTTP server: gets the connection once the first bytes are there. */
export const serveRaw = (handle: (socket: net.Socket) => void) =>
  Effect.suspend(() =>
    listening(
      net.createServer((socket) => socket.once("data", () => handle(socket))),
      []
    )
  )

/** A certificate for `name`, signed by itself, made for this run by the system's openssl. */
export const certificate = (name: string): { readonly cert: string; readonly key: string } => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-egress-"))
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`]
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" })
  const pair = { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") }
  rmSync(folder, { recursive: true })
  return pair
}
