// The Shield as a program: people connect here with the keys they have, and their frames go on to the bus as they are.
// The bus sees a signed identity, never a key; this program sees frames, and does not look into them.
import { writeFileSync } from "node:fs"
import { createServer, type IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { WebSocket, WebSocketServer } from "ws"
import { makeSigner, type Person } from "./signing.ts"

const { BUS = "ws://127.0.0.1:7300/bus", EDGE = "ws://127.0.0.1:7310", KEYS = "jwks.json" } = process.env

/** A real one asks a directory. */
const people: ReadonlyMap<string, Person> = new Map([
  ["ann-key", { name: "ann", org: "acme", scope: "bus:join bus:publish" }],
  ["bob-key", { name: "bob", org: "acme", scope: "bus:join bus:publish" }],
  ["eve-key", { name: "eve", org: "evil", scope: "bus:join bus:publish" }],
  ["presence-key", { name: "presence", org: "acme", scope: "bus:join bus:publish" }]
])

const signer = await makeSigner()
writeFileSync(KEYS, signer.keySet)

/** What one side sends goes to the other; when one ends, so does the other, with the same code. */
const carry = (from: WebSocket, to: WebSocket): void => {
  from.on("message", (data, isBinary) => {
    // whoever does not read fast enough is the bus's business, not a reason to pile up here
    if (to.bufferedAmount < 4_194_304) to.send(data, { binary: isBinary })
    else from.terminate()
  })
  from.on("close", (code, reason) => {
    if (code === 1005 || code === 1006) to.terminate()
    else to.close(code, reason)
  })
  from.on("error", () => to.terminate())
}

const server = createServer((_, response) => response.writeHead(426).end())
const door = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 262_144 })

const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
  socket.on("error", () => socket.destroy())
  const key = new URL(request.url ?? "/", "ws://edge").searchParams.get("key") ?? ""
  const person = people.get(key)
  if (person === undefined) return void socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n")
  const token = await signer.sign(person)
  const protocol = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim())
  const bus = new WebSocket(BUS, protocol ?? [], {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false
  })
  bus.once("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n"))
  bus.once("open", () =>
    door.handleUpgrade(request, socket, head, (client) => {
      carry(client, bus)
      carry(bus, client)
    })
  )
}

server.on("upgrade", (request, socket, head) => void admit(request, socket, head))
server.listen(Number(new URL(EDGE).port), "127.0.0.1", () => console.log(`the edge listens on ${EDGE}`))
