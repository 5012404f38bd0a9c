import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { folder } from "./fixtures.ts"

interface Said {
  readonly ready?: true
  readonly content?: string
  readonly turnId?: string
  readonly repeated?: boolean
}

const program = new URL("./crash-main.ts", import.meta.url).pathname
const sessions = 5

/** One gateway process on the store; `said` is called with every line of its standard output. */
const start = (path: string, log: string, fuse: number, said: (line: Said) => void) => {
  const child = spawn(process.execPath, [program, path, log, String(fuse)], { stdio: ["pipe", "pipe", "inherit"] })
  createInterface({ input: child.stdout }).on("line", (line) => said(JSON.parse(line) as Said))
  const send = (n: number) =>
    child.stdin.write(`${JSON.stringify({ content: `m${n}`, peer: `peer ${n % sessions}` })}\n`)
  child.stdin.on("error", () => {
    // written to after the kill
  })
  return { child, send, exit: once(child, "exit") }
}

const rows = (path: string, sql: string) => {
  const db = new DatabaseSync(path, { readOnly: true })
  const all = db.prepare(sql).all()
  db.close()
  return all
}

describe("a gateway that is killed at any point", () => {
  it.live(
    "T34: what it accepted is answered once or marked interrupted; nothing is lost and nothing is done twice",
    () =>
      Effect.gen(function* () {
        const state = yield* folder
        const [path, log] = [join(state, "exoclaw.db"), join(state, "tool.log")]
        const accepted = new Map<string, string>()
        const hear = ({ content, turnId }: Said) => {
          if (content === undefined || turnId === undefined) return
          // a key that is sent again after the crash is still the same turn
          assert.strictEqual(accepted.get(content) ?? turnId, turnId)
          accepted.set(content, turnId)
        }
        let sent = 0
        // by itself at each of a turn's points, or from outside after so many receipts
        for (const [fuse, after] of [
          [17, 30],
          [28, 30],
          [39, 30],
          [50, 30],
          [61, 30],
          [72, 30],
          [0, 1],
          [0, 23]
        ] as const) {
          yield* Effect.promise(async () => {
            let heard = 0
            const from = sent
            const { child, exit, send } = start(path, log, fuse, (line) => {
              hear(line)
              if (line.ready === true) {
                // what was sent before the last crash is sent again, as a platform would
                for (let n = Math.max(0, from - 20); n < from + after * 2; n++) send(n)
                sent = from + after * 2
              } else if (++heard === after && fuse === 0) child.kill("SIGKILL")
            })
            await exit
          })
        }
        yield* Effect.promise(async () => {
          const { child, exit } = start(path, log, 0, (line) => {
            if (line.ready !== true) return
            // it has found by itself what was left; when nothing is open any more it may go
            const look = () => {
              const [open] = rows(path, "SELECT count(*) AS n FROM turns WHERE status IN ('accepted', 'running')")
              if (open?.["n"] === 0) child.stdin.end()
              else setImmediate(look)
            }
            look()
          })
          const [code] = await exit
          assert.strictEqual(code, 0)
        })

        const turns = rows(path, "SELECT id, content, status FROM turns")
        const byId = new Map(turns.map((turn) => [String(turn["id"]), turn]))
        for (const [content, id] of accepted) {
          assert.strictEqual(byId.get(id)?.["content"], content)
          assert.include(["done", "interrupted"], byId.get(id)?.["status"])
        }
        assert.isAbove(accepted.size, 100)
        // some died with a tool open or in the middle of an answer
        assert.isAbove(turns.filter(({ status }) => status === "interrupted").length, 0)
        // one turn per message: the key was sent more than once
        assert.strictEqual(new Set(turns.map(({ content }) => content)).size, turns.length)
        const tools = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []
        assert.strictEqual(new Set(tools).size, tools.length, "a tool ran twice")
        for (const turn of turns) {
          const events = rows(
            path,
            `SELECT seq, type, data FROM turn_events WHERE turn = '${String(turn["id"])}' ORDER BY seq`
          )
          assert.deepStrictEqual(
            events.map(({ seq }) => seq),
            events.map((_, i) => i + 1)
          )
          assert.strictEqual(events.filter(({ type }) => type === "done").length, 1)
          assert.strictEqual(events.at(-1)?.["type"], "done")
          if (turn["status"] !== "done") continue
          const text = events
            .flatMap(({ data, type }) => (type === "text" ? [JSON.parse(String(data)).text] : []))
            .join("")
          assert.strictEqual(text, `answer to ${String(turn["content"])}`)
          assert.include(tools, turn["content"])
        }
      })
  )
})
