/** Where things lie in this repository, for tests that start its programs. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

/** The Node that npm brings: what the program runs on. */
export const node = join(root, "node_modules", ".bin", "node")

const bundle = join(root, "dist", "exoclaw.js")

/** The bundle as users run it; `EXOCLAW_E2E=source` runs the source instead, which needs no build. */
export const program =
  process.env["EXOCLAW_E2E"] !== "source" && existsSync(bundle) ? bundle : join(root, "layers", "main.ts")

/** Builds the plugins into `dist/` where one of them is missing. */
export const withPlugins: () => Promise<string> = async () => {
  const folder = join(root, "dist", "plugins")
  const builder = await import(String(new URL("../../scripts/build-plugins.mjs", import.meta.url)))
  const names: ReadonlyArray<string> = builder.pluginNames()
  if (names.some((name) => !existsSync(join(folder, `${name}.wasm`)))) builder.buildPlugins(folder)
  return folder
}
