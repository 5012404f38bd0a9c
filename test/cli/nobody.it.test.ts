/** A gateway whose store fails tells whoever asks what is wrong, and not that a token is. */
import { assert, it } from "@effect/vitest"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { exoclaw } from "./support.ts"

const patience = 60_000
const broken = "Nobody can be let in at the moment: the gateway's store does not work. Its log says why."

it(
  "who cannot be let in because nothing can be recorded is told that, by every door, and is no guesser",
  async () => {
    const gateway = await GatewayProcess.start({})
    const client = await gateway.open()
    const db = new DatabaseSync(join(gateway.state, "exoclaw.db"))
    const head = db.prepare("SELECT * FROM audit_head").get()!
    db.exec("DELETE FROM audit_head")

    const ws = (url: string) => url.replace("http", "ws")
    for (let n = 0; n < 12; n++) {
      const chat = await exoclaw(["chat", "hello", "--state", gateway.state, "--url", ws(gateway.url)])
      assert.strictEqual(chat.err, `exoclaw: ${broken}\n`)
    }
    const list = await exoclaw(["schedule", "list", "--state", gateway.state, "--url", ws(gateway.operatorUrl)])
    assert.strictEqual(list.err, `exoclaw: ${broken}\n`)
    assert.include(gateway.stderr, "Nobody can be let in.")
    await client.call("ping")

    const columns = Object.keys(head)
    db.prepare(`INSERT INTO audit_head (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`).run(
      ...Object.values(head)
    )
    db.close()
    const chat = await exoclaw(["chat", "hello", "--state", gateway.state, "--url", ws(gateway.url)])
    assert.strictEqual(chat.code, 0, chat.err)
  },
  patience
)
