/** Ports for the programs that a test starts. */
import { randomInt } from "node:crypto"
import { createServer } from "node:net"

/**
 * Below those that the system itself gives to connections and to whoever asks for any port: between the moment when a port
 * is chosen and the moment when its program listens, nobody who only connects can be given it. One of this range is taken
 * by whoever names it, and other runs choose at random, too.
 */
const first = 20_000
const count = 12_000

const given = new Set<number>()

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/** A port that nobody listens on, and that this process was never given. */
export const freePort = async (): Promise<number> => {
  while (given.size < count) {
    const port = first + randomInt(count)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new Error(`every port from ${first} to ${first + count} is taken`)
}
