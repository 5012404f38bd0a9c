/** The documents are true where a machine can tell. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../support/repository.ts"

const read = (file: string): string => readFileSync(join(root, file), "utf8")
const filesUnder = (folder: string, ext: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ext))
    .map((file) => join(folder, file))

const pages = ["README.md", "examples/README.md", ...filesUnder("docs", ".md")]
const manifest = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> }

describe("the documents", () => {
  it("every link and every named file is there", () => {
    const missing: Array<string> = []
    for (const page of pages) {
      const text = read(page)
      const named = [
        ...text.matchAll(/`((?:src|layers|test|plugins|scripts|tools|examples|docs)\/[\w./-]+\.\w+)`/g),
        ...text.matchAll(/`([a-z_]+\.md)`/g),
        ...text.matchAll(/\]\(([^)#]+)\)/g)
      ].map((match) => match[1]!)
      // what the reader of the tutorial writes, and the soul that is not there by default
      const theirs = ["plugins/tally/assembly/index.ts", "soul.md"]
      for (const file of named) {
        if (theirs.includes(file) || /^https?:/.test(file)) continue
        if (![file, join("docs", file)].some((one) => existsSync(join(root, one)))) missing.push(`${page}: ${file}`)
      }
    }
    assert.deepStrictEqual(missing, [])
  })

  it("every npm command and every test folder they name is there", () => {
    for (const page of pages) {
      for (const [, name = ""] of read(page).matchAll(/npm run ([\w:]+)/g))
        assert.property(manifest.scripts, name, page)
      for (const [, paths = ""] of read(page).matchAll(/`npm test -- ([^`]+)`/g)) {
        if (paths === "FILE") continue
        for (const one of paths.split(" ")) {
          const found = filesUnder("test", ".test.ts").some((file) => file.startsWith(one))
          assert.isTrue(found, `${page}: npm test -- ${one}`)
        }
      }
    }
  })

  it("every block of TypeScript is part of a file that compiles", () => {
    const sources = [...filesUnder("examples", ".ts"), ...filesUnder("test/docs/snippets", ".ts")].map(read)
    let blocks = 0
    for (const page of pages) {
      for (const [, block = ""] of read(page).matchAll(/```ts\n([^]*?)```/g)) {
        blocks++
        assert.isTrue(
          sources.some((text) => text.includes(block.trim())),
          `${page} shows what no example has:\n${block}`
        )
      }
    }
    assert.isAbove(blocks, 4)
  })

  it("every TOML block is a configuration without a mistake", async () => {
    const { check } = await import("../../layers/config/ConfigFile.ts")
    const Result = await import("effect/Result")
    let blocks = 0
    for (const page of pages) {
      for (const [, block = ""] of read(page).matchAll(/```toml\n([^]*?)```/g)) {
        // a single key that the text says where to put, and a hash that the reader fills in
        if (!block.includes("[")) continue
        if (block.startsWith("capabilities")) continue
        blocks++
        const text = block.replace('sha256 = "..."', `sha256 = "${"0".repeat(64)}"`)
        assert.isTrue(Result.isSuccess(check(text)), `${page}:\n${block}`)
      }
    }
    assert.isAbove(blocks, 3)
  })

  it("every package the README places in Effect is there", () => {
    const { exports } = JSON.parse(read("node_modules/effect/package.json")) as { readonly exports: object }
    const table = /## Where the packages are in Effect 4\n([^]*?)\n## /.exec(read("README.md"))?.[1] ?? ""
    const named = new Set([...table.matchAll(/`effect\/([\w-]+)`/g)].map((match) => match[1]!))
    assert.isAbove(named.size, 12)
    for (const name of named) {
      const known =
        Object.hasOwn(exports, `./${name}`) || existsSync(join(root, "node_modules/effect/dist", `${name}.js`))
      assert.isTrue(known, name)
    }
  })

  it("no page is an inventory: the written ones stay under 200 lines", () => {
    for (const page of pages) {
      const generated = /<!-- ([\w ]+) -->[^]*?<!-- \/\1 -->/g
      const lines = read(page).replace(generated, "").split("\n").length
      if (page !== "docs/traceability.md") assert.isBelow(lines, 200, page)
    }
  })
})
