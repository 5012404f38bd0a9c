import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..", "..")
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

it("every export of the package has its types, and is built from the file that has them", () => {
  const { exports } = JSON.parse(read("package.json")) as {
    readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  }
  const built = [...read("scripts/build.mjs").matchAll(/\{ source: "([^"]+)", name: "([^"]+)"/g)]
  assert.sameMembers(Object.keys(exports), ["./client", "./client/bus", "./client/effect"])
  for (const { default: program, types } of Object.values(exports)) {
    assert.isTrue(fs.existsSync(path.join(root, types)), types)
    const source = built.find(([, , name]) => `./dist/${name}.js` === program)?.[1]
    assert.strictEqual(`./${source}`, types)
  }
})
