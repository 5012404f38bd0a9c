/** The real program with the plugins that attackers would like to use, in a state folder of its own. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { JsonRpcClient } from "../../support/JsonRpcClient.ts"
import { node, program, withPlugins } from "../../support/repository.ts"
import { openScratch } from "../../support/scratch.ts"

/** What is on the network's side, and whether the grants mind where text came from. */
export interface Surroundings {
  readonly web: number
  readonly model: number
  readonly provenance: boolean
  readonly secret: string
}

const openapi = (port: number): string =>
  JSON.stringify({
    servers: [{ url: `http://127.0.0.1:${port}` }],
    paths: {
      "/report/{id}": {
        get: {
          operationId: "report",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
        }
      }
    }
  })

const config = ({ model, provenance, web }: Surroundings): string => {
  const grant = (text: string) =>
    provenance ? JSON.stringify(text) : `{ grant = ${JSON.stringify(text)}, untrusted = true }`
  return `
[agent]
provider = "openai"
model = "m"
base_url = "http://127.0.0.1:${model}/v1"
max_tokens = 1000

[budgets]
daily = "unlimited"

[[plugins]]
name = "web-fetch"
path = "builtin:web-fetch"
capabilities = [${grant(`http:127.0.0.1:${web}`)}]

[[plugins]]
name = "notes"
path = "builtin:notes"
capabilities = [${grant("store:notes")}]

[[plugins]]
name = "http-api"
path = "builtin:http-api"
capabilities = [${grant(`http:127.0.0.1:${web}`)}, ${grant("secret:KEY")}]
config = { openapi = '${openapi(web)}', headers = '{"Authorization":"{{secret:KEY}}"}' }
`
}

const environment = (home: string) => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  OPENAI_API_KEY: "sk-none",
  NODE_NO_WARNINGS: "1"
})

const runToEnd = async (args: ReadonlyArray<string>, home: string, input: string): Promise<void> => {
  const child = spawn(node, [program, ...args], { env: environment(home), stdio: ["pipe", "ignore", "pipe"] })
  let said = ""
  child.stderr.on("data", (bytes) => (said += String(bytes)))
  child.stdin.end(input)
  const [code] = (await once(child, "close")) as [number]
  if (code !== 0) throw new Error(said)
}

export interface Gateway {
  readonly client: JsonRpcClient
  /** All that it printed. */
  readonly said: () => string
  /** Every value that a plugin stored. */
  readonly stored: () => ReadonlyArray<string>
  readonly close: () => Promise<void>
}

export const start = async (around: Surroundings): Promise<Gateway> => {
  await withPlugins()
  openScratch()
  const state = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-eval-"))
  await runToEnd(["secret", "set", "KEY", "--state", state], state, `${around.secret}\n`)
  fs.writeFileSync(path.join(state, "config.toml"), config(around))
  const ports = ["--port", "0", "--operator-port", "0"]
  const child = spawn(
    node,
    [program, "gateway", ...ports, "--config", path.join(state, "config.toml"), "--state", state],
    {
      env: environment(state),
      stdio: ["ignore", "pipe", "pipe"]
    }
  )
  let said = ""
  const url = await new Promise<string>((found, failed) => {
    const look = (bytes: unknown) => {
      said += String(bytes)
      const ready = /^exoclaw gateway listening on (\S+)$/m.exec(said)?.[1]
      if (ready !== undefined) found(ready)
    }
    child.stdout.on("data", look)
    child.stderr.on("data", look)
    child.once("close", () => failed(new Error(`the gateway ended:\n${said}`)))
  })
  const client = await JsonRpcClient.open(`${url.replace(/^http/, "ws")}/ws`)
  const stored = () => {
    const db = new DatabaseSync(path.join(state, "exoclaw.db"), { readOnly: true })
    const rows = db.prepare("SELECT value FROM plugin_kv").all()
    db.close()
    return rows.map(({ value }) => (typeof value === "string" ? value : Buffer.from(value as Uint8Array).toString()))
  }
  return {
    client,
    said: () => said,
    stored,
    close: async () => {
      client.socket.terminate()
      if (child.exitCode === null) {
        child.kill("SIGTERM")
        await once(child, "close")
      }
      fs.rmSync(state, { recursive: true, force: true })
    }
  }
}
