/** Why no gateway answers at an address: nobody is there, or somebody else is. */
import * as Effect from "effect/Effect"
import { connect } from "node:net"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"

/** Long enough for any machine that is there. */
const patience = 2_000

const portOf = ({ port, protocol }: URL): number => (port === "" ? (protocol === "wss:" ? 443 : 80) : Number(port))

/** Whether a connection to the address is taken; what becomes of it is not asked. */
const isTaken = (url: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const address = new URL(url)
    const socket = connect({ host: address.hostname.replace(/^\[|\]$/g, ""), port: portOf(address), timeout: patience })
    const end = (taken: boolean) => () => {
      socket.destroy()
      resume(Effect.succeed(taken))
    }
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false))
    return Effect.sync(() => void socket.destroy())
  })

/** The command's failure, after a look at the address; `absent` is the sentence for one where nobody is. */
export const unanswered = (url: string, absent: string): Effect.Effect<never, CliFailure> => {
  const shown = url.replace(/\?.*$/s, "")
  return Effect.flatMap(isTaken(url), (taken) =>
    Effect.fail(
      failure(
        taken
          ? `Something answers at ${shown}, but not as a gateway: another program has that port, or the gateway refuses ` +
              "connections now, and its log says why. Name the gateway's address with --url, or give it another port."
          : absent,
        exitCode.noGateway
      )
    )
  )
}
