// A plain WebSocket client, without any of exoclaw's code: JSON-RPC 2.0, one request, events until its response.
// Node 22 or later: node examples/websocket-client.mjs "use echo to say hi" [ws://127.0.0.1:7200/ws]
const [, , content = "Hello", url = "ws://127.0.0.1:7200/ws"] = process.argv
if (globalThis.WebSocket === undefined) {
  console.error("This Node has no WebSocket: node_modules/.bin/node examples/websocket-client.mjs, which npm brought.")
  process.exit(1)
}
const socket = new WebSocket(url)
socket.addEventListener("open", () =>
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "chat.send", params: { content } }))
)
socket.addEventListener("error", () => {
  process.exitCode = 1
  console.error(`Nobody answers at ${url}: start a gateway with "npm start".`)
})
socket.addEventListener("message", ({ data }) => {
  const { error, params, result } = JSON.parse(data)
  console.log(params ? `${params.seq} ${params.type} ${JSON.stringify(params.data)}` : (error ?? result))
  if (!params) socket.close()
})
