import { assert, describe, it } from "@effect/vitest"
import type { ChildProcess } from "node:child_process"
import { EventEmitter } from "node:events"
import { PassThrough } from "node:stream"
import { Program } from "../support/GatewayProcess.ts"
import { freePort } from "../support/ports.ts"

/** A process that is gone while what it wrote is still under way. */
const gone = () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const child = Object.assign(new EventEmitter(), { stdout, stderr, exitCode: 0, signalCode: null })
  return { child, stdout, program: new Program(child as unknown as ChildProcess) }
}

describe("what the tests start programs with", () => {
  it("finds what a program wrote, also where it arrives behind the program's end", async () => {
    const { child, program, stdout } = gone()
    const found = program.waitFor(/the last line/)
    stdout.write("a line\n")
    await new Promise(setImmediate)
    stdout.end("the last line\n")
    await new Promise(setImmediate)
    child.emit("close", 0, null)
    assert.strictEqual((await found)?.[0], "the last line")
  })

  it("waits for nothing behind the end of a program's output", async () => {
    const { child, program, stdout } = gone()
    const found = program.waitFor(/never/)
    stdout.end("a line\n")
    await new Promise(setImmediate)
    child.emit("close", 0, null)
    assert.isUndefined(await found)
    assert.isUndefined(await program.waitFor(/never/))
  })

  it("keeps a letter that arrives in two pieces", async () => {
    const { program, stdout } = gone()
    const bytes = Buffer.from("Größe")
    stdout.write(bytes.subarray(0, 3))
    await new Promise(setImmediate)
    stdout.write(bytes.subarray(3))
    await new Promise(setImmediate)
    assert.strictEqual(program.stdout, "Größe")
  })

  it("gives no port twice, and none that the system may give to a connection", async () => {
    const ports = new Set<number>()
    for (let i = 0; i < 200; i++) ports.add(await freePort())
    assert.strictEqual(ports.size, 200)
    // Linux begins with this one, unless it was told otherwise
    for (const port of ports) assert.isBelow(port, 32_768)
  })
})
