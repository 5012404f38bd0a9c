/** What stands around a slot on this machine. */
import { spawnSync } from "node:child_process"
import { createServer } from "node:net"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { confinement } from "../../layers/sandbox/Confinement.ts"
import { programs } from "../../layers/sandbox/Programs.ts"
import { Slots } from "../../layers/sandbox/Slots.ts"
import { walls } from "../../layers/sandbox/Walls.ts"
import { root } from "../support/repository.ts"

const words = confinement()
const size = { min: 0, max: 1, spare: 0, memoryMiB: 400 }

/** A slot of that program, or why there is none. */
const started = (program = programs(60)) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Slots(size, program)),
      (slots) => Effect.promise(() => slots.close())
    ),
    (slots) =>
      Effect.callback<number, string>((resume) => {
        const lease = slots.lease("walls")
        lease.settled(() =>
          resume(
            lease.slot === undefined
              ? Effect.fail(lease.failure ?? "it does not start")
              : Effect.succeed(lease.slot.pid)
          )
        )
      })
  ).pipe(Effect.flatten)

const listening = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly seen: () => number; readonly close: () => void }>((resume) => {
    let seen = 0
    const server = createServer((socket) => {
      seen++
      socket.destroy()
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, seen: () => seen, close: () => server.close() }))
    })
  }),
  (server) => Effect.sync(() => server.close())
)

const calling = (port: number) => {
  const program = programs(60)
  const script = path.join(import.meta.dirname, "fixtures", "caller.mjs")
  return { ...program, slot: { ...program.slot, arguments: [script, String(port)] } }
}

describe("the walls around a slot", () => {
  it.live("T20: a slot has no environment, no files, a limit of processor time, and goes first", () =>
    Effect.gen(function* () {
      const standing = walls(yield* started()).flatMap(({ name, stands }) => (stands ? [name] : []))
      assert.includeMembers(standing, [
        "process of its own",
        "permission model",
        "empty environment",
        "processor time limit",
        "lower priority"
      ])
    })
  )

  it.live.skipIf(!words.includes("--net"))("T21: where the system allows it, a slot has no network", () =>
    Effect.gen(function* () {
      const server = yield* listening
      const pid = yield* started(calling(server.port))
      const standing = walls(pid).flatMap(({ name, stands }) => (stands ? [name] : []))
      assert.include(standing, "network namespace")
      assert.strictEqual(server.seen(), 0)
    })
  )

  it.live.skipIf(!words.includes("--no-new-privs"))(
    "T20: where the system allows it, a slot can gain no privilege",
    () =>
      Effect.gen(function* () {
        assert.deepInclude(walls(yield* started()), { name: "no privileges", stands: true })
      })
  )

  it("a slot's program loads no client of the network, nor does its first instance", () => {
    const slot = (file: string) =>
      JSON.stringify(pathToFileURL(path.join(root, "layers", "sandbox", "slot", file)).href)
    const script = `
      await import(${slot("Synchronous.ts")})
      const { Instance } = await import(${slot("Instance.ts")})
      const module = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
      const quotas = { kernelBytes: 0, kernelBlocks: 0, hostCalls: 0, varBytes: 0 }
      await new Instance(module, { functions: [], http: false, wasi: {}, config: {}, quotas }).made
      console.log(JSON.stringify(process.moduleLoadList))`
    const { stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })
    assert.include(stdout, '"NativeModule fs"', stderr)
    for (const name of ["internal/deps/undici/undici", "net", "tls", "http", "http2"]) {
      assert.notInclude(stdout, `"NativeModule ${name}"`)
    }
  })

  it("nothing is told of a process that is none", () => {
    assert.deepStrictEqual(walls(2 ** 30), [])
  })
})
