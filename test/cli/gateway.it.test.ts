/** `exoclaw gateway` as a process: how it starts, what others see of it, and how it ends. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { environment, Running, runToEnd, start, startGateway } from "./processes.ts"
import { folder } from "./support.ts"

const secret = "f3b1c7d9e2a84b6f90d1c2e3a4b5c6d7"

describe("a gateway", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends well on ${signal}`, async () => {
      const gateway = await startGateway(folder())
      const { code, err } = await gateway.stop(signal)
      assert.strictEqual(code, 0, err)
      assert.notMatch(err, /\n\s+at /)
    })
  }

  describe("that takes its time to end", () => {
    const run = path.resolve(import.meta.dirname, "../../layers/cli/run.ts")
    const io = path.resolve(import.meta.dirname, "../../layers/cli/Io.ts")
    const program = `
      import * as Effect from "effect/Effect"
      import { Io } from ${JSON.stringify(io)}
      import { run } from ${JSON.stringify(run)}
      const say = (text) => Effect.sync(() => console.log(text))
      const typed = Effect.callback((resume) => void process.stdin.once("data", () => resume(Effect.void)))
      const drain = Effect.andThen(say("draining"), typed)
      const service = Effect.onInterrupt(Effect.andThen(say("running"), Effect.never), () => drain)
      let signals = 0
      process.on("SIGTERM", () => console.log("signal " + ++signals))
      setInterval(() => undefined, 1000)
      await run(Effect.flatMap(Io, (io) => Effect.raceFirst(service, io.untilSignal)), undefined)`
    const draining = async (env: Readonly<Record<string, string>>): Promise<Running> => {
      const running = new Running(
        spawn(process.execPath, ["--input-type=module", "--eval", program], {
          cwd: import.meta.dirname,
          env: environment(folder(), env),
          stdio: "pipe"
        })
      )
      await running.until(/running/)
      running.child.kill("SIGTERM")
      await running.until(/draining/)
      return running
    }

    it("ends at once on a second signal", async () => {
      const running = await draining({})
      running.child.kill("SIGTERM")
      assert.strictEqual((await running.ended).code, 128 + 15)
    })

    it("takes the signals that npm hands on besides for the one that it had", async () => {
      const running = await draining({ npm_lifecycle_event: "start" })
      running.child.kill("SIGTERM")
      await running.until(/signal 2/)
      running.type("enough\n")
      assert.strictEqual((await running.ended).code, 0)
    })
  })

  it("says that its port is taken, and by which flag to choose another", async () => {
    const gateway = await startGateway(folder())
    const second = await runToEnd(["gateway", "--state", folder()], gateway.home)
    await gateway.stop()
    assert.strictEqual(second.code, 1)
    assert.match(second.err, /^exoclaw: port \d+ is in use on 127\.0\.0\.1; .*--port or gateway\.port$/m)
    assert.notMatch(second.err, /\n\s+at /)
  })

  it("does not start with a wrong flag or configuration, and exits with 2", async () => {
    const home = folder()
    for (const [args, sentence] of [
      [["--port", "99999"], /^exoclaw: --port: .* from 0 to 65535/m],
      [["--port"], /--port/],
      [["--prot", "1"], /Unrecognized flag: --prot/],
      [["now"], /"now"/],
      [["--config", "/nonexistent.toml"], /there is no such file.* named by --config/],
      [["--token-file", "/nonexistent"], /--token-file: \/nonexistent cannot be read/],
      [["--token", ""], /--token is empty/],
      [["--bind", "0.0.0.0", "--port", "0"], /Auth token required when binding to non-loopback address\./]
    ] as const) {
      const { code, err, out } = await runToEnd(["gateway", ...args], home)
      assert.strictEqual(code, 2, args.join(" "))
      assert.match(err, sentence)
      assert.strictEqual(out, "")
      assert.notMatch(err, /\n\s+at /)
    }
  })

  it("reads its configuration again when asked to, and says what of it holds now", async () => {
    const home = folder()
    const gateway = await startGateway(home, "[budgets]\ndaily = 5000\n")
    const file = path.join(home, ".exoclaw", "config.toml")
    const before = fs.readFileSync(file, "utf8")
    const reload = () => runToEnd(["config", "reload"], home)
    assert.strictEqual((await reload()).out, "Nothing has changed.\n")
    fs.writeFileSync(file, `${before.replace("daily = 5000", "daily = 70")}\n[approvals]\nexpiry = 60\n`)
    assert.strictEqual(
      (await reload()).out,
      "Holds from now on: budgets.daily.\nWaits for a restart of the gateway: approvals.expiry.\n"
    )
    const [account] = JSON.parse((await runToEnd(["budget", "--json"], home)).out).filter(
      ({ scope, unit }: Record<string, string>) => scope === "day" && unit === "tokens"
    )
    assert.strictEqual(account.limit, 70)
    fs.writeFileSync(file, before.replace("daily", "dayly"))
    const wrong = await reload()
    assert.notStrictEqual(wrong.code, 0)
    assert.match(wrong.err, /unknown key "budgets\.dayly"; did you mean "daily"\?/)
    await gateway.stop()
  })

  it("takes its flags in front of its name and in any form", async () => {
    const running = start(["--state", folder(), "gateway", "--port=0"], folder())
    await running.until(/listening on http:\/\/127\.0\.0\.1:\d+/)
    running.child.kill("SIGTERM")
    assert.strictEqual((await running.ended).code, 0)
  })

  it("T8: leaves nothing of --token where others can see it, and warns", async () => {
    for (const args of [["--token", secret], [`--token=${secret}`], ["--token", secret, "--operator-port=0"]]) {
      const home = folder()
      const running = start(["gateway", "--port", "0", ...args], home)
      await running.until(/listening on/)
      const proc = `/proc/${running.child.pid}`
      if (fs.existsSync(proc)) {
        for (const file of ["cmdline", "comm"]) {
          assert.notInclude(fs.readFileSync(path.join(proc, file), "utf8"), secret.slice(0, 8))
        }
        // neither do the processes that it started
        for (const pid of fs.readFileSync(`${proc}/task/${running.child.pid}/children`, "utf8").trim().split(" ")) {
          if (pid === "") continue
          for (const file of ["cmdline", "environ"]) {
            assert.notInclude(fs.readFileSync(`/proc/${pid}/${file}`, "utf8"), secret.slice(0, 8))
          }
        }
      }
      running.child.kill("SIGTERM")
      const { code, err, out } = await running.ended
      assert.strictEqual(code, 0)
      assert.match(err, /^Warning: .*--token-file or EXOCLAW_TOKEN/m)
      assert.notInclude(out + err, secret.slice(0, 8))
      for (const file of fs.readdirSync(path.join(home, ".exoclaw"))) {
        assert.notInclude(fs.readFileSync(path.join(home, ".exoclaw", file), "latin1"), secret.slice(0, 8))
      }
    }
  })

  it("T8: needs the token of its file, and says nothing of it", async () => {
    const home = folder()
    const file = path.join(home, "token")
    fs.writeFileSync(file, `${secret}\n`, { mode: 0o600 })
    const gateway = await startGateway(home, "", ["--token-file", file])
    assert.strictEqual((await runToEnd(["chat", "hello"], home)).code, 4)
    assert.strictEqual((await runToEnd(["chat", "hello", "--token-file", file], home)).code, 0)
    const { err, out } = await gateway.stop()
    assert.notMatch(err, /Warning/)
    assert.notInclude(out + err, secret.slice(0, 8))
  })
})
