/* A reporter of vitest's beside its JSON one, which says nothing of errors that stood outside every test: writes their
 * number beside its file, since a second try of the tests that failed must not hide them. */
import * as fs from "node:fs"

const option = "--outputFile.json="

export default class UnhandledErrors {
  onTestRunEnd(_modules, errors) {
    const given = process.argv.find((each) => each.startsWith(option))
    if (given !== undefined) fs.writeFileSync(`${given.slice(option.length)}.unhandled`, String(errors.length))
  }
}
