/** Requests with exactly the headers and the path that a test wants, also ones that no client library would send. */
import * as http from "node:http"

export interface Answer {
  /** 101 for an upgrade that succeeds. */
  readonly status: number
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="
}

/** `path` goes out as it is. */
export const request = (base: string, path: string, headers: http.OutgoingHttpHeaders = {}, method = "GET") =>
  new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const outgoing = http.request({ hostname, port, path, method, headers, agent: false })
    outgoing.on("error", reject)
    outgoing.on("upgrade", (response, socket) => {
      socket.destroy()
      resolve({ status: 101, body: "", headers: response.headers })
    })
    outgoing.on("response", (response) => {
      let body = ""
      response.on("data", (chunk) => (body += String(chunk)))
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    outgoing.end()
  })

export const upgradeTo = (base: string, path = "/ws", headers: http.OutgoingHttpHeaders = {}): Promise<Answer> =>
  request(base, path, { ...upgrade, ...headers })
