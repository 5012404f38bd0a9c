import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { mkdirSync, writeFileSync } from "node:fs"
import { assert, describe, it, onTestFinished } from "vitest"
import { start, temporaryFolder } from "../support/GatewayProcess.ts"
import { issue, keySet, pair, shared } from "./signing.ts"

const seconds = () => Math.floor(Date.now() / 1000)
const claims = (more: object = {}) => ({
  sub: "ada",
  aud: "exoclaw",
  org: "acme",
  scope: "chat:send budget:read",
  exp: seconds() + 60,
  ...more
})
const config = (keys: string, more = "") => `
[gateway.jwt]
audience = ["exoclaw"]
keys = ${JSON.stringify(keys)}
tenant_claim = "org"
${more}`

describe("a gateway that accepts signed tokens", () => {
  it("lets in who has one, with its tenant and scopes, and closes the connection at its expiry", async () => {
    const state = temporaryFolder()
    const signer = await pair("EdDSA", "1")
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, "jwks.json"), keySet(signer))
    const gateway = await start({ state, config: config("jwks.json") })

    const client = await gateway.open(await issue(signer, claims()))
    assert.strictEqual((await client.call("chat.send", { content: "My name is Ada." })).stopReason, "end_turn")
    const refused = await client.ask("session.list", {})
    assert.strictEqual(refused.error?.code, -32002)

    // the first frame may say it as well
    const late = await gateway.open()
    await late.call("auth.login", { token: await issue(signer, claims({ sub: "bob" })) })
    await late.call("budget.status", {})
    const exp = seconds() + 2
    const short = await gateway.open(await issue(signer, claims({ exp })))
    await short.call("ping", {})
    const { code } = await short.closed
    assert.strictEqual(code, 4401)
    assert.isAtLeast(Date.now(), exp * 1000)

    for (const wrong of [
      await issue(signer, claims({ aud: "other" })),
      await issue(signer, claims({ exp: seconds() - 1 })),
      await issue(await pair("EdDSA", "1"), claims()),
      await issue({ ...shared("1"), alg: "HS256" }, claims())
    ]) {
      const failure = await gateway.open(wrong).then(
        () => "let in",
        (error: Error) => error.message
      )
      assert.match(failure, /401/)
    }
    const operator = await gateway.openOperator()
    const { entries } = await operator.call("audit.query", { kind: "auth.refused", limit: 100 })
    const outcomes = entries.map((entry: { readonly event: { readonly outcome: string } }) => entry.event.outcome)
    assert.includeMembers(outcomes, ["jwt: audience wrong", "jwt: expired", "jwt: signature wrong"])
    // a token of the client's door never opens the operator's without a scope that the configuration allows
    const there = await gateway.open(await issue(signer, claims({ scope: "admin chat:send" })))
    assert.strictEqual((await there.ask("approval.list", {})).error?.code, -32002)
  })

  it("fetches the keys from an address of the issuer, through the rules of outgoing requests", async () => {
    const signer = await pair("RS256", "1")
    const server = createServer((_, response) => response.end(keySet(signer))).listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const gateway = await start({ config: config(`http://127.0.0.1:${port}/jwks.json`) })
    const client = await gateway.open(await issue(signer, claims()))
    await client.call("budget.status", {})
    const operator = await gateway.openOperator()
    const { entries } = await operator.call("audit.query", { kind: "egress.request", limit: 10 })
    assert.lengthOf(entries, 1)
    assert.strictEqual(entries[0].event.principal, "gateway")
  })

  it("does not start with keys that cannot verify safely, and says why", async () => {
    const state = temporaryFolder()
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, "jwks.json"), keySet(shared("weak", 8)))
    const failure = await start({ state, config: config("jwks.json", 'algorithms = ["HS256"]') }).then(
      () => "started",
      (error: Error) => error.message
    )
    assert.match(failure, /ended with 1/)
    assert.match(failure, /\[gateway\.jwt\] in .*jwks\.json cannot be used: key 1 has 64 bits; 256 are needed\./)
  })
})
