// Puts the parts that a start of the gateway reads one after the other into two files: what other commands need, too, and
// the rest. Each part that is read costs a start its resolution, its file and its linking. A merged part's own file
// stays, as a name for its place in the two, so that there is still one instance of every module.
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

/** The sources that a start of the gateway loads, and those of the other commands' common part. */
const GATEWAY = ["layers/main.ts", "layers/cli/GatewayFlags.ts", "layers/cli/run.ts", "layers/cli/gateway.ts"]
const OTHERS = ["layers/main.ts", "layers/cli/run.ts", "layers/cli/program.ts"]

/** The parts that are loaded with those of these sources. */
const loadedWith = (parts, sources) => {
  const seen = new Set()
  const visit = (name) => {
    if (!parts.has(name) || seen.has(name)) return
    seen.add(name)
    for (const { kind, path: file } of parts.get(name).imports) {
      if (kind === "import-statement") visit(path.basename(file))
    }
  }
  for (const [name, { entryPoint }] of parts) if (sources.includes(entryPoint)) visit(name)
  return seen
}

/** `outputs` are those of the metafile of a build into `folder`. */
export const mergeChunks = async (folder, outputs, options) => {
  const parts = new Map(Object.entries(outputs).map(([file, output]) => [path.basename(file), output]))
  // the first one waits for what it loads, so it can be part of nothing that it loads
  const gateway = [...loadedWith(parts, GATEWAY)].filter((name) => parts.get(name).entryPoint !== "layers/main.ts")
  const others = loadedWith(parts, OTHERS)
  const groups = new Map([
    ["exoclaw-common", gateway.filter((name) => others.has(name))],
    ["exoclaw-doors", gateway.filter((name) => !others.has(name))]
  ])
  /** The exports of a part, each with the name it has in the group. */
  const exported = (name) => parts.get(name).exports.map((own) => [own, `${own}_${gateway.indexOf(name)}`])
  const inGroups = {
    name: "groups",
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, ({ kind, path: target }) => {
        if (kind === "entry-point") return { path: target, namespace: "group" }
        if (kind === "dynamic-import" || !target.startsWith("./")) return { path: target, external: true }
        return { path: path.join(folder, target) }
      })
      build.onLoad({ filter: /.*/, namespace: "group" }, ({ path: group }) => ({
        resolveDir: folder,
        contents: groups
          .get(group)
          .map((name) => {
            const names = exported(name).map(([own, other]) => `${own} as ${other}`)
            return names.length === 0 ? `import "./${name}"` : `export { ${names} } from "./${name}"`
          })
          .join("\n")
      }))
    }
  }
  const { outputFiles } = await esbuild.build({
    ...options,
    absWorkingDir: folder,
    entryPoints: Object.fromEntries([...groups.keys()].map((group) => [group, group])),
    outdir: folder,
    chunkNames: "exoclaw-both-[hash]",
    splitting: true,
    write: false,
    plugins: [inGroups]
  })
  for (const [group, members] of groups) {
    for (const name of members) {
      const names = exported(name).map(([own, other]) => `${other} as ${own}`)
      fs.writeFileSync(path.join(folder, name), `export{${names}}from"./${group}.js";\n`)
    }
  }
  for (const { contents, path: file } of outputFiles) fs.writeFileSync(file, contents)
}
