import { connectBus } from "exoclaw/client/bus"

const bus = await connectBus({ url: "ws://127.0.0.1:7200" })
await bus.join("ops", "lobby")
await bus.publish("ops", "lobby", "hello")
for await (const event of bus.events) {
  if (event.type === "message") console.log(event.sender.principal, event.body)
  if (event.type === "skipped") console.log("missing", event.from, "to", event.to, event.reason)
}
