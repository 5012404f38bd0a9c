/**
 * Gateway, zygote and slots killed at random moments under load, round after round on one state folder: no process is
 * left behind, no call hangs, and the next start is clean. `npm run test:long` plays many more rounds.
 */
import { assert, it } from "@effect/vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { confinement } from "../../layers/sandbox/Confinement.ts"
import { plugin } from "../hostile/modules.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const long = process.env["EXOCLAW_LONG"] !== undefined
const rounds = long ? 60 : 6
const seed = long ? Date.now() % 2 ** 31 : 7

/** The same numbers for the same seed. */
const random = (() => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
})()

interface Running {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** Every process that runs now; zombies are nobody's burden. */
const processes = (): ReadonlyArray<Running> =>
  readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const [, state = "Z", parent = "0"] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, "utf8")) ?? []
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ")
      return state === "Z" || state === "X" ? [] : [{ pid: Number(entry), parent: Number(parent), command }]
    } catch {
      // it ended meanwhile
      return []
    }
  })

/** A gateway's own processes: those that start plugins, and those that run them. */
const family = (gateway: number) => {
  const all = processes()
  const zygotes = all.filter(({ command, parent }) => parent === gateway && /zygote/.test(command))
  const slots = all.filter(({ parent }) => zygotes.some(({ pid }) => pid === parent))
  return { zygotes: zygotes.map(({ pid }) => pid), slots: slots.map(({ pid }) => pid) }
}

const kill = (pids: ReadonlyArray<number>): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // it ended by itself
    }
  }
}

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 30_000) assert.fail(`${what} (seed ${seed})`)
    await delay(10)
  }
}

type Victim = "gateway" | "zygote" | "slot" | "gateway and zygote"
// who is orphaned by both at once ends by the kernel's hand, where the system lets us ask for that
const victims: ReadonlyArray<Victim> = [
  "gateway",
  "zygote",
  "slot",
  ...(confinement().includes("--pdeathsig") ? (["gateway and zygote"] as const) : [])
]

const config = `
[gateway.limits.rate]
address = 100000
connection = 100000
[[plugins]]
name = "evil"
path = "evil.wasm"
[[plugins]]
name = "echo"
path = "builtin:echo"
[sandbox]
deadline = 0.2
slots = { min = 1, max = 4 }
`

it.skipIf(process.platform !== "linux")(
  `T20: gateway, zygote or slot killed at any moment: no orphan, no hung call, a clean next start (${rounds} rounds)`,
  async () => {
    const state = GatewayProcess.temporaryFolder()
    writeFileSync(join(state, "evil.wasm"), plugin("(loop $forever (br $forever))"))
    let gateway = await GatewayProcess.start({ state, config })
    const struck = new Map<Victim, number>()
    let calls = 0
    for (let round = 0; round < rounds; round++) {
      const client = await gateway.open()
      const told = { stop: false }
      /** One user who asks again and again; ends when the gateway does, or once it is told to. */
      const user = async (peer: string, tool: string) => {
        while (!told.stop) {
          const answer = await client
            .ask("chat.send", { content: `use ${tool} to say hi`, peer })
            .catch(() => undefined)
          if (answer === undefined) return
          // killed or not, a turn comes to its end in words
          assert.isUndefined(answer.error, JSON.stringify(answer.error))
          calls++
        }
      }
      const users = Promise.all(Array.from({ length: 6 }, (_, index) => user(`p${index}`, index < 2 ? "evil" : "echo")))
      const pid = gateway.child.pid ?? 0
      await until("no slot runs", () => family(pid).slots.length > 0)
      // not a wait for something: it picks the moment
      await delay(random(400))
      const before = family(pid)
      const victim = round < victims.length ? victims[round]! : victims[random(victims.length)]!
      struck.set(victim, (struck.get(victim) ?? 0) + 1)
      if (victim === "slot") kill([before.slots[random(before.slots.length)] ?? 0].filter((slot) => slot > 0))
      if (victim === "gateway and zygote") for (const zygote of before.zygotes) process.kill(zygote, "SIGSTOP")
      if (victim.startsWith("gateway")) gateway.child.kill("SIGKILL")
      if (victim.includes("zygote")) kill(before.zygotes)

      if (victim.startsWith("gateway")) {
        await gateway.exited
        await users
        await until("a process outlived its gateway", () =>
          [...before.zygotes, ...before.slots].every((one) => processes().every((running) => running.pid !== one))
        )
        gateway = await GatewayProcess.start({ state })
      } else {
        const since = calls
        await until("no call is answered any more", () => calls > since + 6)
        told.stop = true
        await users
      }
      const next = await (
        await gateway.open()
      ).ask("chat.send", { content: "use echo to say hi", peer: `next${round}` })
      const said = next.events.find(({ type }) => type === "tool_result")?.data.content
      assert.strictEqual(said, "echo: hi", `after ${victim}, round ${round}, seed ${seed}`)
    }
    const last = gateway.child.pid ?? 0
    const { slots, zygotes } = family(last)
    await gateway.kill("SIGTERM")
    await until("a process outlived its gateway", () =>
      [...zygotes, ...slots].every((one) => processes().every((running) => running.pid !== one))
    )
    console.log(
      `${calls} turns; killed: ${[...struck].map(([what, times]) => `${what} ${times}x`).join(", ")}; seed ${seed}`
    )
  },
  long ? 3_600_000 : 180_000
)
