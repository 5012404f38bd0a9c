import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { NotAFile, readBounded } from "../../layers/platform/BoundedFile.ts"

const folder = mkdtempSync(join(tmpdir(), "exoclaw-bounded-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it("a file is read up to one byte more than its limit", async () => {
  const path = join(folder, "file")
  for (const size of [0, 1, 99, 100, 101, 5000]) {
    const bytes = Buffer.alloc(size, "exoclaw")
    writeFileSync(path, bytes)
    assert.deepStrictEqual(Buffer.from(await readBounded(path, 100)), bytes.subarray(0, 101))
  }
})

it.skipIf(process.platform !== "linux")("a file that says it has no size is read, too, within its limit", async () => {
  const whole = await readBounded("/proc/self/maps", 1_000_000)
  assert.isAbove(whole.length, 1000)
  assert.strictEqual((await readBounded("/proc/self/maps", 500)).length, 501)
})

it.skipIf(process.platform === "win32")("a device and a folder are no files, and nobody waits for them", async () => {
  for (const path of ["/dev/zero", folder]) {
    const error = await readBounded(path, 100).catch((cause: unknown) => cause)
    assert.isTrue(error instanceof NotAFile, path)
  }
})
