// The Brain as a program: it comes in by the Shield, as everybody does.
import { setTimeout } from "node:timers/promises"
import { type Bus, connectBus, ConnectionFailure } from "../../layers/client/bus/index.ts"
import { presence } from "./roster.ts"

const { EDGE = "ws://127.0.0.1:7310" } = process.env

/** The parts of a system start in any order: only the first connection has to be waited for, later ones mend themselves. */
const connect = async (): Promise<Bus> => {
  for (;;) {
    try {
      return await connectBus({ url: `${EDGE}/bus?key=presence-key`, name: "presence" })
    } catch (failure) {
      if (!(failure instanceof ConnectionFailure)) throw failure
      await setTimeout(200)
    }
  }
}

const bus = await connect()
await presence(bus, () => console.log("presence answers on presence:ask"))
