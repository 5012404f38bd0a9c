/** A vendor is asked over TLS, as all that are not on this machine are; nobody else of these tests speaks it. */
import { assert, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { certificate } from "../egress/server.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { vendor } from "../support/OpenAiVendor.ts"

it("a turn is answered by a vendor over TLS", async () => {
  const tls = certificate("localhost")
  const trusted = join(GatewayProcess.temporaryFolder(), "ca.pem")
  writeFileSync(trusted, tls.cert)
  const { asked, url } = await vendor({ tls })
  const gateway = await GatewayProcess.start({
    env: { OPENAI_API_KEY: "sk-a-key-for-a-mock-0123456789", NODE_EXTRA_CA_CERTS: trusted },
    config: `[agent]\nprovider = "openai"\nmodel = "mock-1"\nbase_url = "${url}"\nmax_tokens = 500\n`
  })
  const client = await gateway.open()
  const turn = await client.ask("chat.send", { content: "hello" })
  assert.isUndefined(turn.error)
  assert.strictEqual(turn.result.text, "one two three")
  assert.strictEqual(turn.result.receipt.calls.length, 1)
  assert.strictEqual(asked.length, 1)
})
