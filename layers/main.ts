/** The program: hides a token that was typed, then runs the gateway or whatever else the command line asks for. */
import { quickly } from "./cli/GatewayFlags.ts"
import { hideOwnToken } from "./cli/SecretArguments.ts"

const { args, token } = hideOwnToken()
const given = quickly(args)

const [{ run }, program] = await Promise.all([
  import("./cli/run.ts"),
  given === undefined
    ? import("./cli/program.ts").then(({ program }) => program(args))
    : import("./cli/gateway.ts").then(({ runGateway }) => runGateway(given))
])

await run<void, unknown>(program, token)
