// The Brain as a program: it comes in by the Shield, as everybody does.
import { connectBus } from "../../layers/client/bus/index.ts"
import { presence } from "./roster.ts"

const { EDGE = "ws://127.0.0.1:7301" } = process.env
const bus = await connectBus({ url: `${EDGE}/bus?key=presence-key`, name: "presence" })
await presence(bus, () => console.log("presence answers on presence:ask"))
