import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { NotAFile, readBounded } from "../../layers/platform/BoundedFile.ts"

const folder = mkdtempSync(join(tmpdir(), "exoclaw-pipe-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.skipIf(process.platform === "win32")("a pipe into which nobody writes is refused at once", async () => {
  const pipe = join(folder, "pipe")
  execFileSync("mkfifo", [pipe])
  assert.isTrue((await readBounded(pipe, 100).catch((cause: unknown) => cause)) instanceof NotAFile)
})
