import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..", "..")
const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

it("every export of the package has its types, and is built from the file that has them", () => {
  const { exports } = JSON.parse(read("package.json")) as {
    readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string } | string | null>>
  }
  const clients = Object.entries(exports).flatMap(([name, file]) =>
    typeof file === "object" && file !== null ? [{ name, ...file }] : []
  )
  const built = [...read("scripts/build.mjs").matchAll(/\{ source: "([^"]+)", name: "([^"]+)"/g)]
  assert.sameMembers(
    clients.map(({ name }) => name),
    ["./client", "./client/bus", "./client/effect"]
  )
  for (const { default: program, types } of clients) {
    assert.isTrue(fs.existsSync(path.join(root, types)), types)
    const source = built.find(([, , name]) => `./dist/${name}.js` === program)?.[1]
    assert.strictEqual(`./${source}`, types)
  }
})

it("a program that embeds exoclaw gets every Layer and every promise by the package's name, but nothing that seals a proof", async () => {
  const { layer } = await import(String("exoclaw/layers/budget/Ledger.ts"))
  assert.isDefined(layer)
  const { open } = await import(String("exoclaw/src/casil/Inspected.ts"))
  assert.isDefined(open)
  const sealing = ["casil/SealedInspected", "identity/SealedPrincipal"]
  for (const name of sealing) {
    assert.isTrue(fs.existsSync(path.join(root, "src", `${name}.ts`)))
    const failure = await import(String(`exoclaw/src/${name}.ts`)).catch((error: unknown) => error)
    assert.include(String(failure), "not exported")
  }
})
