/** `exoclaw plugin new|build|test|inspect`: a plugin from nothing, in a folder that knows nothing of this repository. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { COMPILER, FLAGS } from "../../layers/cli/plugins/Template.ts"
import { onTestFinished } from "vitest"
import { root, withPlugins } from "../support/repository.ts"
import { runToEnd, start, startGateway } from "./processes.ts"
import { configWith, exoclaw, folder } from "./support.ts"

const patience = 180_000
const run = (...args: ReadonlyArray<string>) => exoclaw(args)
const json = async (...args: ReadonlyArray<string>) => {
  const { code, err, out } = await exoclaw([...args, "--json"])
  assert.isNotEmpty(out, err)
  return { code, ...JSON.parse(out) }
}
const write = (file: string, text: string) => fs.writeFileSync(file, text)

/** A plugin of the template, built once. */
let counter: string
beforeAll(async () => {
  await withPlugins()
  counter = path.join(folder(), "counter")
  const made = await run("plugin", "new", "counter", "--dir", counter)
  assert.strictEqual(made.code, 0, made.err)
  assert.strictEqual(made.out, `${counter}\n`)
  const built = await run("plugin", "build", counter)
  assert.strictEqual(built.code, 0, built.err)
  assert.strictEqual(built.out, path.join(counter, "build", "counter.wasm") + "\n")
  assert.match(built.err, /^\d+ bytes, SHA-256 [0-9a-f]{64}, needs nothing\.$/m)
}, patience)

describe("plugin new", () => {
  it("makes a folder that npm can build by itself, with the compiler of this repository", () => {
    const { devDependencies, scripts } = JSON.parse(fs.readFileSync(path.join(counter, "package.json"), "utf8"))
    const own = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8"))
    assert.deepStrictEqual(devDependencies, { assemblyscript: own.devDependencies.assemblyscript })
    assert.strictEqual(devDependencies.assemblyscript, COMPILER)
    for (const flag of FLAGS) assert.include(scripts.build, flag)
    assert.isTrue(fs.existsSync(path.join(counter, "assembly", "pdk", "index.ts")))
  })

  it("names the next commands so that a shell takes them", async () => {
    const dir = path.join(folder(), "it's 🐈 $HOME")
    const { err } = await run("plugin", "new", "other", "--dir", dir)
    const said = /`npm install --prefix (.*)`, then `exoclaw plugin build (.*)`/.exec(err) ?? []
    const words = spawnSync("/bin/sh", ["-c", `printf '%s\\n' ${said[1]} ${said[2]}`], { encoding: "utf8" }).stdout
    assert.strictEqual(words, `${dir}\n${dir}\n`)
  })

  it("does not write into a folder where something is", async () => {
    const { code, err } = await run("plugin", "new", "other", "--dir", counter)
    assert.strictEqual(code, 2)
    assert.match(err, /is not empty; name another folder with --dir\.$/m)
    assert.strictEqual((await run("plugin", "new", "other", "--dir", path.join(counter, "plugin.toml"))).code, 2)
  })

  it("ends with a sentence where no folder can be made: below a file, through a link to nowhere, in /proc", async () => {
    const nowhere = path.join(folder(), "nowhere")
    fs.symlinkSync(path.join(folder(), "gone", "gone"), nowhere)
    for (const dir of [path.join(counter, "plugin.toml", "x"), nowhere, "/proc/exoclaw/x"]) {
      const { code, err } = await run("plugin", "new", "other", "--dir", dir)
      assert.include([1, 2], code, dir)
      assert.match(err, /is no folder that can be read|cannot be written/, dir)
    }
  })

  it("T20: reads nothing without end out of a stranger's folder, and writes through no link in it", async () => {
    const strange = (manifest: (file: string) => void): string => {
      const dir = folder()
      manifest(path.join(dir, "plugin.toml"))
      return dir
    }
    const endless = strange((file) => fs.symlinkSync("/dev/zero", file))
    const long = strange((file) => write(file, `name = "x"\n${"#".repeat(70_000)}`))
    const deep = strange((file) => write(file, `name = ${"[".repeat(30_000)}`))
    for (const [dir, said] of [
      [endless, /no readable .*plugin\.toml/],
      [long, /more than 65536 bytes/],
      [deep, /nested too deeply/]
    ] as const) {
      const { code, err } = await run("plugin", "inspect", dir)
      assert.strictEqual(code, 1)
      assert.match(err, said)
    }
    assert.match((await run("plugin", "test", counter, "--input-file", "/dev/zero")).err, /cannot be read/)
    assert.match((await run("plugin", "verify", "/dev/zero")).err, /cannot be read/)
    const precious = path.join(folder(), "precious")
    write(precious, "mine")
    const module = path.join(folder(), "module.wasm")
    fs.copyFileSync(path.join(counter, "build", "counter.wasm"), module)
    fs.symlinkSync(precious, `${module}.sig`)
    const key = path.join(folder(), "publisher.pem")
    assert.strictEqual((await run("plugin", "sign", module, "--key", key, "--new-key")).code, 0)
    assert.strictEqual(fs.readFileSync(precious, "utf8"), "mine")
    assert.match(fs.readFileSync(`${module}.sig`, "utf8"), /^exoclaw plugin signature/)
  })

  it("makes the folders above it", async () => {
    const deep = path.join(folder(), "a", "b", "c")
    assert.strictEqual((await run("plugin", "new", "other", "--dir", deep)).code, 0)
    assert.isTrue(fs.existsSync(path.join(deep, "assembly", "pdk", "index.ts")))
  })
})

describe("plugin build", () => {
  const copy = (): string => {
    const target = path.join(folder(), "copy")
    fs.cpSync(counter, target, { recursive: true })
    return target
  }

  it(
    "says where the source is wrong",
    async () => {
      const broken = copy()
      write(path.join(broken, "assembly", "index.ts"), "export function describe(): i32 { return nothing; }\n")
      const { code, err, out } = await run("plugin", "build", broken)
      assert.strictEqual(code, 1)
      assert.strictEqual(out, "")
      assert.match(err, /counter does not compile\.[\s\S]*Cannot find name 'nothing'[\s\S]*assembly\/index\.ts\(1,/)
    },
    patience
  )

  it(
    "tells which capability plugin.toml forgot",
    async () => {
      const forgetful = copy()
      const source = path.join(forgetful, "assembly", "index.ts")
      const text = fs.readFileSync(source, "utf8")
      write(source, text.replace("Kind,", "Kind, now,").replace("const parts", "now();\n  const parts"))
      const { code, err } = await run("plugin", "build", forgetful)
      assert.strictEqual(code, 0, err)
      assert.match(err, /^plugin\.toml: its capabilities do not name clock, which the module asks for\.$/m)
      const refused = await json("plugin", "test", forgetful, "--input", '{"text": "a"}')
      assert.strictEqual(refused.code, 1)
      assert.strictEqual(refused.error.kind, "refused")
      assert.match(refused.error.message, /now is not granted: it needs "clock"/)
      const granted = await json("plugin", "test", forgetful, "--input", '{"text": "a"}', "--grant", "clock")
      assert.deepStrictEqual(granted.hostCalls, ["now"])
    },
    patience
  )

  it("refuses a manifest that means something else, with what would be right", async () => {
    const table: ReadonlyArray<readonly [string, RegExp]> = [
      ['name = "x"\nformat = "component"\n', /components do not run in this version.*format = "extism"/],
      ['name = "x"\nformat = "elf"\n', /format "elf" is not known; allowed: "extism"/],
      ['name = "x"\nformatt = "extism"\n', /unknown key "formatt"; did you mean "format"\?/],
      ['name = "a b"\n', /1 to 64 of A-Z/],
      ["name = x\n", /not valid TOML/],
      ['version = "1"\n', /name/]
    ]
    for (const [text, sentence] of table) {
      const dir = folder()
      write(path.join(dir, "plugin.toml"), text)
      const { code, err } = await run("plugin", "build", dir)
      assert.strictEqual(code, 1)
      assert.match(err, sentence, text)
    }
    assert.match((await run("plugin", "build", folder())).err, /There is no readable .*plugin\.toml/)
    const other = folder()
    write(path.join(other, "plugin.toml"), 'name = "x"\n')
    assert.match((await run("plugin", "build", other)).err, /only AssemblyScript is compiled here/)
    assert.match((await run("plugin", "test", other)).err, /build it with its own tools, there or as x\.wasm in /)
    fs.mkdirSync(path.join(other, "assembly"))
    write(path.join(other, "assembly", "index.ts"), "")
    assert.match((await run("plugin", "test", other)).err, /run `exoclaw plugin build .*`\.$/m)
  })
})

describe("plugin test", () => {
  it("prints the output, and what the call did beside it", async () => {
    const { code, err, out } = await run("plugin", "test", counter, "--input-file", path.join(counter, "input.json"))
    assert.strictEqual(code, 0, err)
    assert.deepStrictEqual(JSON.parse(out), { content: "3 words", is_error: false })
    assert.match(err, /^handle_tool_call: [\d.]+ ms; host calls: none/m)
    const described = await run("plugin", "test", counter, "--export", "describe")
    assert.strictEqual(JSON.parse(described.out).name, "counter")
  })

  it("gives everything as JSON: output, host calls, log, time and memory", async () => {
    const input = '{"tool": "note_save", "input": {"text": "größer 🐘"}}'
    const saved = await json("plugin", "test", "builtin:notes", "--grant", "store:notes", "--input", input)
    assert.strictEqual(saved.code, 0)
    assert.isNull(saved.error)
    assert.deepStrictEqual(JSON.parse(saved.output), { content: 'Saved as "note-1".', is_error: false })
    assert.deepStrictEqual(saved.hostCalls, ["kv_get", "kv_set", "kv_set"])
    assert.deepStrictEqual(saved.log, [])
    assert.isNumber(saved.milliseconds)
    assert.isAbove(saved.memory.bytes, 1_000_000)
  })

  it("T19: grants nothing that was not given", async () => {
    const refused = await run("plugin", "test", "builtin:notes")
    assert.strictEqual(refused.code, 1)
    assert.match(refused.err, /kv_\w+ is not granted: it needs "store:NAME"/)
    assert.match((await run("plugin", "test", "builtin:notes", "--grant", "stor:x")).err, /did you mean store:NAME\?/)
  })

  it("tells what a function, a file and a builtin that are not there could have been", async () => {
    assert.match(
      (await run("plugin", "test", counter, "--export", "nothing")).err,
      /^exoclaw: .* it has: .*handle_tool_call/
    )
    const missing = await run("plugin", "test", path.join(counter, "gone.wasm"))
    assert.match(missing.err, /^exoclaw: .*gone\.wasm.*\n$/)
    assert.match((await run("plugin", "test", "/nonexistent/x.wasm")).err, /does not exist/)
    assert.match((await run("plugin", "test", "builtin:note")).err, /did you mean builtin:notes\?/)
  })

  it("takes a folder whose module another language's tools made, and says what to do where there is none", async () => {
    const { code, out } = await run(
      "plugin",
      "test",
      path.join(root, "plugins", "echo-c"),
      "--input",
      '{"message":"é"}'
    )
    assert.deepStrictEqual([code, JSON.parse(out).content], [0, "echo: é"])
    const empty = folder()
    fs.writeFileSync(path.join(empty, "plugin.toml"), 'name = "shout"\n')
    assert.match((await run("plugin", "test", empty)).err, /build it with its own tools, there or as shout\.wasm in /)
  })

  it("T20: a component is refused as one", async () => {
    const file = path.join(folder(), "component.wasm")
    fs.writeFileSync(file, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))
    for (const command of ["test", "inspect"]) {
      const { code, err } = await run("plugin", command, file, "--config", configWith(""))
      assert.strictEqual(code, 1)
      assert.match(err, /components are not supported/)
    }
  })
})

describe("plugin test with the network", () => {
  /** A server of this machine that says what it was asked. */
  const serve = async () => {
    const server = createServer((request, response) => {
      response.setHeader("content-type", "text/html")
      response.end(`<p>${request.method} ${request.url} <b>${request.headers.authorization ?? "nobody"}</b></p>`)
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it("reaches what is granted and nothing else", async () => {
    const host = await serve()
    const input = JSON.stringify({ url: `http://${host}/a?b=1` })
    const fetched = await json("plugin", "test", "builtin:web-fetch", "--grant", `http:${host}`, "--input", input)
    assert.deepStrictEqual(JSON.parse(fetched.output ?? "null"), { content: "GET /a?b=1 nobody", is_error: false })
    assert.deepStrictEqual(fetched.hostCalls, ["http_request"])
    const elsewhere = await json("plugin", "test", "builtin:web-fetch", "--grant", "http:example.com", "--input", input)
    assert.strictEqual(elsewhere.code, 1)
    assert.strictEqual(elsewhere.error.kind, "denied")
  })

  it("T22: fills a granted secret of the state folder in on the way out, and never shows it", async () => {
    const host = await serve()
    const home = folder()
    const state = ["--state", path.join(home, "state")]
    const kept = await runToEnd(["secret", "set", "KEY", ...state], home, "f3b1c7d9e2a84b6f\n")
    assert.strictEqual(kept.code, 0, kept.err)
    const openapi = { servers: [{ url: `http://${host}` }], paths: { "/x": { get: { operationId: "x" } } } }
    const api = ["plugin", "test", "builtin:http-api", "--input", '{"tool": "api_call", "input": {"operation": "x"}}']
    const set = ["--set", `openapi=${JSON.stringify(openapi)}`, "--set", 'headers={"Authorization":"{{secret:KEY}}"}']
    const grants = ["--grant", `http:${host}`, "--grant", "secret:KEY"]
    const { code, err, out } = await runToEnd([...api, ...set, ...grants, ...state, "--json"], home)
    assert.strictEqual(code, 0, err + out)
    assert.match(JSON.parse(out).output, /GET \/x <b>/)
    assert.notInclude(out + err, "f3b1c7d9")
    const ungranted = await runToEnd([...api, ...set, ...grants.slice(0, 2), ...state, "--json"], home)
    assert.strictEqual(ungranted.code, 1, ungranted.out)
  })
})

describe("plugin inspect of a file", () => {
  it("shows what it needs, and what is missing or too much", async () => {
    const plain = ["--config", configWith("")]
    const bare = await run("plugin", "inspect", "builtin:notes", ...plain)
    assert.strictEqual(bare.code, 0, bare.err)
    assert.match(bare.out, /^needs +store:NAME$/m)
    assert.match(bare.out, /^missing +store:NAME: without it the module is refused$/m)
    const granted = await json("plugin", "inspect", "builtin:notes", "--grant", "store:x", "--grant", "clock", ...plain)
    assert.deepStrictEqual(granted.missing, [])
    assert.deepStrictEqual(granted.unused, ["clock"])
    assert.deepStrictEqual(granted.kinds, ["tool"])
    assert.include(granted.imports, "extism:host/user/kv_get")
  })

  it("compares with the configuration's entry of that file", async () => {
    const file = path.join(counter, "build", "counter.wasm")
    const entry = `[[plugins]]\nname = "mine"\npath = ${JSON.stringify(file)}\ncapabilities = ["random"]\n`
    const { out } = await run("plugin", "inspect", file, "--config", configWith(entry))
    assert.match(out, /^grants +random \(on untrusted text it runs\) \(\[\[plugins\]\] "mine"\)$/m)
    assert.match(out, /^unused +random: granted, and never asked for$/m)
    const builtin = configWith('[[plugins]]\nname = "n"\npath = "builtin:notes"\ncapabilities = ["store:a"]\n')
    const known = await json("plugin", "inspect", "builtin:notes", "--config", builtin)
    assert.deepStrictEqual(known.grants, ["store:a"])
  })
})

describe("plugin build --watch --load", () => {
  it(
    "takes every change of the source into the running gateway, mistakes apart",
    async () => {
      const home = folder()
      const dir = path.join(home, "counter")
      fs.cpSync(counter, dir, { recursive: true })
      const entry = `[[plugins]]\nname = "counter"\npath = ${JSON.stringify(path.join(dir, "build", "counter.wasm"))}\n`
      const gateway = await startGateway(home, entry)
      onTestFinished(() => gateway.stop().then(() => undefined))
      const watching = start(["plugin", "build", dir, "--watch", "--load"], home)
      onTestFinished(() => void watching.child.kill("SIGKILL"))
      await watching.until(/Plugin "counter" is loaded: SHA-256 \w+/)
      await watching.until(/^Watching .*assembly; Ctrl-C ends it\.$/m)

      const source = path.join(dir, "assembly", "index.ts")
      const text = fs.readFileSync(source, "utf8")
      write(source, text.replace("done(", "done_("))
      await watching.until(/counter does not compile\./)
      write(source, text.replace('" words"', '" WORDS"'))
      await watching.until(/is loaded[^]*does not compile[^]*is loaded/)
      const { out } = await runToEnd(["chat", "use counter for one two three"], home)
      assert.include(out, "WORDS")

      watching.child.kill("SIGINT")
      assert.strictEqual((await watching.ended).code, 0)
    },
    patience
  )
})

describe("plugin sign and verify", () => {
  it(
    "T18: a build takes the signature of the module before away, and leaves one that is still true",
    async () => {
      const module = path.join(counter, "build", "counter.wasm")
      fs.writeFileSync(`${module}.sig`, "signed")
      const same = await run("plugin", "build", counter)
      assert.strictEqual(same.code, 0, same.err)
      assert.strictEqual(fs.readFileSync(`${module}.sig`, "utf8"), "signed")
      fs.appendFileSync(module, Uint8Array.of(0))
      assert.match((await run("plugin", "build", counter)).err, /signature was of the module before and is removed/)
      assert.isFalse(fs.existsSync(`${module}.sig`))
    },
    patience
  )

  it("T18: a signature is good for one file, one key, and those who know the key", async () => {
    const config = ["--config", configWith("")]
    const dir = folder()
    const file = path.join(dir, "mine.wasm")
    const key = path.join(dir, "keys", "publisher.pem")
    fs.copyFileSync(path.join(counter, "build", "counter.wasm"), file)

    assert.match(
      (await run("plugin", "verify", file, ...config)).err,
      /is not signed: there is no .*mine\.wasm\.sig\.$/m
    )
    assert.match((await run("plugin", "sign", file, "--key", key)).err, /--new-key makes a key there\.$/m)
    const signed = await run("plugin", "sign", file, "--key", key, "--new-key")
    assert.strictEqual(signed.code, 0, signed.err)
    assert.strictEqual(signed.out, `${file}.sig\n`)
    const publicKey = / ([A-Za-z0-9+/]{43}=)$/m.exec(signed.err)![1]!
    assert.strictEqual(fs.statSync(key).mode & 0o777, 0o600)

    const mistyped = await run("plugin", "verify", file, "--publisher", `acme=${publicKey.slice(1)}`, ...config)
    assert.strictEqual(mistyped.code, 2)
    assert.match(mistyped.err, /^exoclaw: --publisher: the key of acme is no Ed25519 public key in base64/)
    const stranger = await run("plugin", "verify", file, ...config)
    assert.strictEqual(stranger.code, 1)
    assert.include(stranger.err, publicKey)
    const known = await run("plugin", "verify", file, "--publisher", `acme=${publicKey}`, ...config)
    assert.strictEqual(known.code, 0, known.err)
    assert.match(known.out, /is signed by acme; SHA-256 [0-9a-f]{64}\.$/m)
    const trusting = configWith(`[sandbox]\npublishers = { acme = "${publicKey}" }\n`)
    assert.deepStrictEqual((await json("plugin", "verify", file, "--config", trusting)).signature, {
      kind: "publisher",
      name: "acme"
    })

    // the key is used again, and never written over
    assert.strictEqual((await run("plugin", "sign", file, "--key", key)).code, 0)
    assert.match((await run("plugin", "sign", file, "--key", key, "--new-key")).err, /is there already/)
    fs.appendFileSync(file, Uint8Array.of(0))
    const changed = await json("plugin", "verify", file, "--config", trusting)
    assert.strictEqual(changed.code, 1)
    assert.strictEqual(changed.signature.kind, "invalid")
    fs.writeFileSync(key, "no key")
    assert.match((await run("plugin", "sign", file, "--key", key)).err, /is no private Ed25519 key in PEM form\.$/m)
  })
})
