import { connectOperator } from "exoclaw/client"
import { readFileSync } from "node:fs"

const token = readFileSync(`${process.env["HOME"]}/.exoclaw/operator.token`, "utf8").trim()
const operator = await connectOperator({ url: "ws://127.0.0.1:7201", token, prove: true })
console.log(await operator.call("gateway.reload"))
console.log(await operator.call("gateway.drain"))
await operator.close()
