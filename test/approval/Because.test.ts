import { assert, describe, it } from "@effect/vitest"
import { because } from "../../src/approval/Because.ts"
import { AgentId, PluginName, PrincipalId, TenantId } from "../../src/domain/Ids.ts"

const asked = {
  tenant: TenantId.make("default"),
  principal: PrincipalId.make("local"),
  agent: AgentId.make("main"),
  session: null,
  turn: null,
  key: "call_0_0@0"
}
const call = (why: "listed" | "untrusted", origins: ReadonlyArray<string>) =>
  because({
    ...asked,
    what: "tool_call",
    subject: { tool: "note_save", plugin: PluginName.make("notes"), sha256: "", arguments: {}, why, origins }
  })

describe("why a person is asked", () => {
  it("T23: names every untrusted text by where it came from, and the grants that would let the call run", () => {
    const { because: why, unasked } = call("untrusted", ["tool:web_fetch", "memory", "channel", "web"])
    assert.include(
      why,
      "what the tool web_fetch said, records that were imported into memory, a message that came over a channel and text from the web"
    )
    assert.match(unasked ?? "", /untrusted = true on the grants of the plugin notes .* untrusted = false never/)
    assert.include(call("untrusted", ["tool:a", "tool:b"]).because, "what the tools a and b said, which")
    assert.include(call("untrusted", ["tool:echo"]).because, "The model has read what the tool echo said, which may")
  })

  it("says so where the operator wants to be asked", () => {
    const { because: why, unasked } = call("listed", [])
    assert.include(why, "The operator wants to be asked before the tool note_save runs.")
    assert.include(unasked, '"approve"')
  })

  it("names the account that reached its mark, and the plugin whose file changed", () => {
    const subject = {
      account: "day:2026-01-31",
      scope: "day",
      unit: "tokens",
      limit: 1,
      spent: 1,
      resetsAt: null
    } as const
    assert.include(because({ ...asked, what: "budget", subject }).because, "The account day:2026-01-31 has reached")
    const file = { path: "", sha256: "", grants: [], imports: [], publisher: null, changes: [] }
    const grant = because({ ...asked, what: "grant", subject: { plugin: PluginName.make("notes"), ...file } })
    assert.include(grant.because, "The file of the plugin notes is another one")
  })
})
