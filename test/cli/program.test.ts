import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import * as fs from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { onTestFinished } from "vitest"
import { exitCode } from "../../layers/cli/ExitCode.ts"
import { configWith, exoclaw, folder } from "./support.ts"

/** Every command, by the words that ask for it. */
const commands = [
  "gateway",
  "chat",
  "status",
  "doctor",
  "onboard",
  "config check",
  "config print",
  "config schema",
  "token create",
  "token rotate",
  "token list",
  "token revoke",
  "secret set",
  "secret list",
  "secret remove",
  "plugin list",
  "plugin inspect",
  "plugin load",
  "plugin unload",
  "plugin new",
  "plugin build",
  "plugin test",
  "plugin sign",
  "plugin verify",
  "casil check",
  "casil explain",
  "budget",
  "usage",
  "approve",
  "audit query",
  "audit verify",
  "audit export",
  "audit key",
  "backup",
  "restore"
]

const online = [
  "status",
  "token list",
  "token rotate x",
  "token revoke x",
  "plugin list",
  "plugin inspect x",
  "plugin load x",
  "plugin unload x",
  "budget",
  "usage",
  "approve"
]

/** A configuration whose ports nobody listens on. */
const nobodyThere = () => configWith("[gateway]\nport = 9\noperator_port = 10\n")

describe("the help", () => {
  it("of the program names every command and every exit code", async () => {
    const { code, err, out } = await exoclaw(["--help"])
    assert.strictEqual(code, 0)
    assert.strictEqual(err, "")
    for (const command of commands) assert.include(out, command.split(" ")[0]!)
    for (const number of Object.values(exitCode)) assert.match(out, new RegExp(`^ {2}${number} +\\S`, "m"))
  })

  it("is what the program alone and a group of commands alone print", async () => {
    for (const args of [[], ["config"], ["token"], ["plugin"], ["audit"]]) {
      const { code, out } = await exoclaw(args)
      assert.strictEqual(code, 0)
      assert.match(out, /SUBCOMMANDS/)
    }
  })

  for (const command of commands) {
    it(`of \`${command}\` says what it does, how it is used, and where the configuration is`, async () => {
      const { code, err, out } = await exoclaw([...command.split(" "), "--help"])
      assert.strictEqual(code, 0)
      assert.strictEqual(err, "")
      assert.match(out, /^DESCRIPTION\n {2}[A-Z].*\.$/m)
      assert.include(out, `exoclaw ${command}`)
      assert.match(out, /--config FILE/)
    })
  }

  it("is not needed for the version", async () => {
    assert.match((await exoclaw(["--version"])).out, /^exoclaw \d+\.\d+\.\d+\n$/)
  })
})

describe("a wrong command line", () => {
  const wrong: ReadonlyArray<readonly [args: string, sentence: RegExp]> = [
    ["statu", /Unknown subcommand "statu".*Did you mean this\? status/],
    ["status --bogus", /Unrecognized flag: --bogus/],
    ["usage --by week", /--by: "week"/],
    ["usage --csv --json", /^exoclaw: Choose one of --csv and --json\.$/m],
    ["usage --from yesterday", /--from must be a date such as 2026-01-31/],
    ["usage --from 2026-02-31", /--from must be a date such as 2026-01-31/],
    ["usage --from 2026-02-01 --to 2026-01-01", /--from must be before --to/],
    ["token create", /Missing required argument: name/],
    ["token create a --scope everything", /--scope: "everything"/],
    ["token create a --expires soon", /--expires must be a date/],
    ["token rotate a --overlap soon", /--overlap must be a span such as 30m, 1h or 7d\.$/m],
    ["audit query --limit many", /--limit: "many"/],
    ["plugin new", /Missing required argument: name/],
    ["plugin new a/b", /A plugin's name has 1 to 64 of A-Z a-z 0-9 _ -\.$/m],
    ["plugin sign x.wasm", /--key/],
    ["plugin test x.wasm --deadline 0", /--deadline/],
    ["plugin test x.wasm --input 1 --input-file x", /Choose one of --input and --input-file\.$/m],
    ["plugin test x.wasm --input-file /nonexistent/x", /--input-file: \/nonexistent\/x cannot be read\.$/m],
    ["audit verify --anchor 5", /--anchor must be POSITION:HASH/],
    ["config check extra", /"extra"/],
    ["chat --url", /--url/],
    ["status --config", /--config/],
    ["status --token-file /nonexistent/token", /--token-file: \/nonexistent\/token cannot be read \(ENOENT\)\.$/m]
  ]
  for (const [args, sentence] of wrong) {
    it(`\`exoclaw ${args}\` exits with 2 and a sentence, without a stack`, async () => {
      const done = await exoclaw(args.split(" "))
      assert.match(done.err, sentence)
      assert.strictEqual(done.code, 2)
      assert.strictEqual(done.out, "")
      assert.notMatch(done.err, /\n\s+at /)
    })
  }

  it("names the help of the command it is about", async () => {
    assert.match((await exoclaw(["audit", "query", "--bogus"])).err, /See `exoclaw audit query --help`\.\n$/)
  })

  it("is not sent anywhere when there is no message in it", async () => {
    const { code, err } = await exoclaw(["chat", " "])
    assert.strictEqual(code, 2)
    assert.match(err, /no message to send/)
  })

  it("T8: never repeats a token", async () => {
    for (const args of [
      ["status", "--token", "f3b1c7d9e2a84b6f"],
      ["gateway", "--token=f3b1c7d9e2a84b6f", "--bogus"],
      ["gateway", "--token", "f3b1c7d9e2a84b6f", "--help"],
      ["--token", "f3b1c7d9e2a84b6f"]
    ]) {
      const { err, out } = await exoclaw(args)
      assert.notInclude(out + err, "f3b1c7d9")
    }
  })
})

describe("a wrong configuration", () => {
  const file = () => configWith('[budget]\nsession = 5\n\n[gateway]\nport = "x"\n')

  for (const command of ["status", "chat hi", "config check", "config print", "token list", "audit verify"]) {
    it(`exits \`${command}\` with 2 and every mistake with its place`, async () => {
      const config = file()
      const { code, err, out } = await exoclaw([...command.split(" "), "--config", config])
      assert.strictEqual(code, 2)
      assert.strictEqual(out, "")
      assert.include(err, `${config}:1: unknown key "budget"; did you mean "budgets"?`)
      assert.include(err, `${config}:5: `)
    })
  }

  it("may come from the environment", async () => {
    const { code, err } = await exoclaw(["config", "check"], { env: { EXOCLAW_GATEWAY_PROT: "1" } })
    assert.strictEqual(code, 2)
    assert.match(err, /EXOCLAW_GATEWAY_PROT: unknown environment variable; did you mean EXOCLAW_GATEWAY_PORT\?/)
  })
})

describe("config", () => {
  it("check says what was read", async () => {
    const config = configWith("[gateway]\nport = 8080\n")
    const { code, out } = await exoclaw(["config", "check", "--config", config])
    assert.strictEqual(code, 0)
    assert.strictEqual(out, `${config} is in order: 1 key set, every other has its default.\n`)
  })

  it("print shows every value with its source, as text and as JSON, and no secret", async () => {
    const config = configWith('[gateway]\nport = 8080\n[agent]\napi_key = "sk-very-secret"\n')
    const world = { env: { EXOCLAW_TOKEN: "f3b1c7d9e2a84b6f90d1c2e3a4b5c6d7" } }
    const text = await exoclaw(["config", "print", "--config", config], world)
    assert.match(text.out, new RegExp(`^gateway\\.port = 8080 +# ${config}:2$`, "m"))
    const json = await exoclaw(["config", "print", "--json", "--config", config], world)
    const printed = JSON.parse(json.out)
    assert.strictEqual(printed.configFile, config)
    assert.strictEqual(printed.stateDir, path.dirname(config))
    assert.isAbove(printed.values.length, 20)
    assert.deepStrictEqual(printed.credentials, ["EXOCLAW_TOKEN"])
    assert.notMatch(text.out + json.out, /very-secret|f3b1c7d9/)
  })

  it("schema is JSON Schema", async () => {
    const schema = JSON.parse((await exoclaw(["config", "schema"])).out)
    assert.match(schema.$schema, /json-schema\.org/)
    assert.property(schema.properties, "gateway")
  })
})

describe("without a gateway", () => {
  for (const command of [...online, "chat hi", "token create x", "audit query"]) {
    it(`\`${command}\` exits with 3 and the next step`, async () => {
      const { code, err, out } = await exoclaw([...command.split(" "), "--config", nobodyThere()])
      assert.strictEqual(code, 3)
      assert.strictEqual(out, "")
      assert.match(
        err,
        /^exoclaw: No gateway is running at ws:\/\/127\.0\.0\.1:(?:9|10): start one with `exoclaw gateway`\.\n$/
      )
    })
  }

  it("another program at its address is told as such, with the next step", async () => {
    const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    for (const command of ["status", "chat hi", "bus tail lobby"]) {
      const { code, err } = await exoclaw([...command.split(" "), "--url", `ws://127.0.0.1:${port}`])
      assert.strictEqual(code, 3)
      assert.include(err, `exoclaw: Something answers at ws://127.0.0.1:${port}`)
      assert.match(
        err,
        /, but not as a gateway: .* Name the gateway's address with --url, or give it another port\.\n$/
      )
    }
  })

  it("a gateway that lets nobody in for now says so itself, as long as it is a sentence", async () => {
    const server = createServer()
    server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 429 Too Many Requests\r\n\r\nTry again in 60 s.\u0007"))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const command of ["status", "bus tail lobby"]) {
      const { code, err } = await exoclaw([...command.split(" "), "--url", url])
      assert.strictEqual(code, 7)
      assert.match(err, /^exoclaw: ws:.* takes no connection now\. Try again in 60 s\.(?:\\u\{7\})?\n$/)
    }
  })

  it("an address that is none is told as such", async () => {
    const { code, err } = await exoclaw(["status", "--url", "7200"])
    assert.strictEqual(code, 2)
    assert.match(err, /must look like ws:\/\/127\.0\.0\.1:7200/)
  })

  it("a port that changes with every start has to be named", async () => {
    const config = configWith("[gateway]\nport = 0\n")
    for (const command of [["status"], ["chat", "hi"]]) {
      const { code, err } = await exoclaw([...command, "--config", config])
      assert.strictEqual(code, 2)
      assert.match(err, /port is another one at every start\. Name the gateway with --url\./)
    }
  })
})

describe("audit verify", () => {
  it("says that there is nothing to verify", async () => {
    const { code, err } = await exoclaw(["audit", "verify", "--state", folder()])
    assert.strictEqual(code, 2)
    assert.match(err, /There is no database at .*exoclaw\.db: name the state folder with --state\./)
  })

  it("says that a file is no database", async () => {
    const file = path.join(folder(), "exoclaw.db")
    fs.writeFileSync(file, "this is no database, and it is long enough to be read as one page".repeat(100))
    const { code, err } = await exoclaw(["audit", "verify", file])
    assert.strictEqual(code, 1)
    assert.match(err, /damaged or is not a database/)
    assert.notMatch(err, /\n\s+at /)
  })
})

describe("onboard", () => {
  it("refuses politely where there is no terminal, and says what to do instead", async () => {
    const home = folder()
    const { code, err, out } = await exoclaw(["onboard"], { home })
    assert.strictEqual(code, 2)
    assert.strictEqual(out, "")
    assert.include(err, path.join(home, ".exoclaw", "credentials", "PROVIDER.key"))
    assert.include(err, "ANTHROPIC_API_KEY")
    assert.deepStrictEqual(fs.readdirSync(home), [])
  })
})
