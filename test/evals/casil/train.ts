/**
 * Trains the scorer of the contextual tier: `npm run train:casil -- --data DIR` writes `src/casil/context/model.ts`. The
 * same data give the same model. `npm run eval:casil -- --data DIR --leave-one-out` shows how it does on what it has not
 * seen.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { train } from "./boost.ts"
import { credentials, tokenExamples } from "./data.ts"
import { exampleRows, labelledRows, sourceRows, SYNTHETIC, syntheticRows } from "./rows.ts"

const root = path.join(import.meta.dirname, "..", "..", "..")

/** The whole training set of a folder of data. */
export const main = (folder: string): void => {
  const labelled = credentials(folder)
  if (labelled === undefined) throw new Error(`${folder} holds neither labels.json nor creddata*.tar.gz`)
  const rows = [
    ...[...labelledRows(labelled).values()].flat(),
    ...exampleRows(tokenExamples(folder) ?? []),
    ...syntheticRows(SYNTHETIC),
    ...sourceRows(path.join(root, "node_modules"))
  ]
  const model = train(rows)
  const file = path.join(root, "src", "casil", "context", "model.ts")
  fs.writeFileSync(
    file,
    `/** The trees of the scorer, as \`Score.ts\` reads them: made by \`npm run train:casil\`. */\nexport const model =\n  "${model}"\n`
  )
  process.stdout.write(`${rows.length} candidates, ${model.length} characters: ${file}\n`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { data: { type: "string" } } })
  if (values.data === undefined) throw new Error("which data? --data DIR")
  main(path.resolve(process.env["INIT_CWD"] ?? process.cwd(), values.data))
}
