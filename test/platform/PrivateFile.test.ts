import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { codeOf } from "../../layers/platform/ErrorCode.ts"
import { makeFolder, privateFolder, sweepDrafts, writePrivate } from "../../layers/platform/PrivateFile.ts"

const root = mkdtempSync(join(tmpdir(), "exoclaw-private-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const place = (): string => join(root, String(++folders))
const modeOf = (path: string): number => statSync(path).mode & 0o777
const rejects = async (work: Promise<void>): Promise<unknown> => {
  try {
    await work
    return "done"
  } catch (cause) {
    return codeOf(cause)
  }
}

describe("a folder", () => {
  it("is made with those above it, for its owner alone; one that is there stays as it is", () => {
    const folder = place()
    mkdirSync(folder, { mode: 0o755 })
    makeFolder(join(folder, "a", "b"))
    makeFolder(join(folder, "a", "b"))
    assert.deepStrictEqual([modeOf(join(folder, "a", "b")), modeOf(folder)], [0o700, 0o755])
  })

  it("that cannot be made is an error: below a file, and where the system takes none", async () => {
    const folder = place()
    writeFileSync(folder, "")
    assert.strictEqual(await rejects(writePrivate(join(folder, "a", "file"), "x")), "ENOTDIR")
    assert.strictEqual(await rejects(privateFolder(folder)), "EEXIST")
    if (process.platform === "linux") {
      assert.strictEqual(await rejects(privateFolder("/proc/nope")), "ENOENT")
      assert.strictEqual(await rejects(writePrivate("/proc/nope/deeper/file", "x")), "ENOENT")
    }
  })

  it("is taken away from others where it has to be private", async () => {
    const folder = place()
    mkdirSync(folder, { mode: 0o755 })
    await privateFolder(folder)
    assert.strictEqual(modeOf(folder), 0o700)
  })
})

describe("a private file", () => {
  it("replaces what stood there, also a link, and is its owner's alone", async () => {
    const folder = place()
    mkdirSync(folder)
    writeFileSync(join(folder, "other"), "other", { mode: 0o644 })
    symlinkSync(join(folder, "other"), join(folder, "file"))
    await writePrivate(join(folder, "file"), "new")
    assert.strictEqual(readFileSync(join(folder, "file"), "utf8"), "new")
    assert.strictEqual(readFileSync(join(folder, "other"), "utf8"), "other")
    assert.strictEqual(modeOf(join(folder, "file")), 0o600)
    assert.deepStrictEqual(readdirSync(folder).sort(), ["file", "other"])
  })

  it("that is to be kept is written once, however many write it", async () => {
    const path = join(place(), "file")
    await Promise.all(["a", "b", "c"].map((text) => writePrivate(path, text, { keep: true })))
    const first = readFileSync(path, "utf8")
    await writePrivate(path, "later", { keep: true })
    assert.strictEqual(readFileSync(path, "utf8"), first)
    assert.deepStrictEqual(readdirSync(join(path, "..")), ["file"])
  })

  it("that cannot get its name leaves nothing behind", async () => {
    const folder = place()
    mkdirSync(join(folder, "file", "full"), { recursive: true })
    assert.notStrictEqual(await rejects(writePrivate(join(folder, "file"), "x")), "done")
    assert.deepStrictEqual(readdirSync(folder), ["file"])
  })

  it("is rid of the drafts of those that died, and of no other file", async () => {
    const folder = place()
    mkdirSync(folder)
    for (const name of ["a.b.draft_0f.new", "axb.draft_0f.new", "a.b.mine.new", "a.b"])
      writeFileSync(join(folder, name), "")
    await sweepDrafts(join(folder, "a.b"))
    assert.deepStrictEqual(readdirSync(folder).sort(), ["a.b", "a.b.mine.new", "axb.draft_0f.new"])
  })
})
