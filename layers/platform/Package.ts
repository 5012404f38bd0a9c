// Where this package's own built files lie, and which version it is.
import * as fs from "node:fs"
import * as path from "node:path"

// Set by scripts/build.mjs, absent when the source itself runs.
declare const EXOCLAW_VERSION: string | undefined

const root = path.resolve(import.meta.dirname, "..", "..")

/** Whether this is the bundle in `dist/`, not the TypeScript source. */
export const isBundled: boolean = typeof EXOCLAW_VERSION === "string"

/** The version in `package.json`. */
export const version: string =
  typeof EXOCLAW_VERSION === "string"
    ? EXOCLAW_VERSION
    : // At the edge: the source runs only inside the repository, whose package.json is its own.
      (JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { readonly version: string }).version

/** The folder of the bundle, by its real path; the repository's `dist/` when the source runs. */
export const distFolder: string = isBundled ? import.meta.dirname : path.join(root, "dist")

/** The plugins that come with exoclaw: `NAME.wasm`, with its `NAME.toml` beside it. */
export const bundledPlugins: string = path.join(distFolder, "plugins")
