import { assert, describe, it } from "@effect/vitest"
import { accessOf, type Action, may, type Subject, whyNot } from "../../src/bus/routing/Access.ts"
import { ChannelName, RoomName } from "../../src/bus/ChannelName.ts"
import type { Role } from "../../src/bus/Role.ts"

const subject = (role: Role, any = false): Subject => ({ role, principal: "token:ann", any })
const at = (room: string, channel: string) =>
  accessOf({ room: RoomName.make(room), channel: ChannelName.make(channel) })

describe("who may not do something is told what it takes", () => {
  const cases: ReadonlyArray<readonly [Role, Action, string, string, string]> = [
    ["guest", "publish", "ops", "lobby", "To publish takes the scope bus:publish."],
    ["admin", "publish", "system", "telemetry", "Only the gateway itself publishes in this channel."],
    ["moderator", "join", "system", "telemetry", "To read this channel takes the scope admin."],
    ["guest", "read", "system", "activity", "To read this channel takes the scope bus:publish."],
    ["admin", "read", "system", "other", "This room has the gateway's own channels only, and this is none of them."],
    [
      "admin",
      "join",
      "exoclaw",
      "websocket.token:bob.main",
      "This conversation is its own account's: to read it takes the scope session:any."
    ],
    ["user", "create", "ops", "lobby", "To make and delete channels takes the scope bus:moderate."],
    ["admin", "delete", "system", "activity", "The gateway's own channels are neither made nor deleted by command."]
  ]
  for (const [role, action, room, channel, text] of cases) {
    it(`${role}, ${action} ${room}:${channel}: ${text}`, () => {
      const access = at(room, channel)
      assert.isFalse(may(subject(role), action, access))
      assert.strictEqual(whyNot(subject(role), action, access), text)
    })
  }

  it("nobody is told of more than of the channel's name: whoever may see others' conversations reads them", () => {
    assert.isTrue(may(subject("guest", true), "join", at("exoclaw", "websocket.token:bob.main")))
  })
})
