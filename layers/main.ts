/** The program: hides a token that was typed, then runs the gateway or whatever else the command line asks for. */
import { hideOwnToken } from "./cli/SecretArguments.ts"

const { args, token } = hideOwnToken()
const [{ quickly }, { run }] = await Promise.all([import("./cli/GatewayFlags.ts"), import("./cli/run.ts")])
const given = quickly(args)

await run(
  given === undefined
    ? (await import("./cli/program.ts")).program(args)
    : (await import("./cli/gateway.ts")).runGateway(given),
  token
)
