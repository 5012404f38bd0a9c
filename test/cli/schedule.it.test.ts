/** `exoclaw schedule` against a gateway. */
import { assert, describe, it } from "@effect/vitest"
import { runToEnd, startGateway } from "./processes.ts"
import { folder } from "./support.ts"

const job = '[[schedule]]\nid = "greet"\ncron = "0 7 1 1 *"\nprompt = "use echo to say hi"\ntools = ["echo"]\n'

describe("exoclaw schedule", () => {
  it("lists jobs, runs one and prints its answer, pauses and resumes it", async () => {
    const home = folder()
    const gateway = await startGateway(home, job)
    const run = await runToEnd(["schedule", "run", "greet"], home)
    assert.strictEqual(run.code, 0, run.err)
    assert.match(run.out, /hi/)
    assert.match(run.err, /^turn_\w+ in default:schedule:greet:run_\w+: \d+ tokens\.$/m)

    const paused = await runToEnd(["schedule", "pause", "greet"], home)
    assert.match(paused.err, /"greet" is paused.*schedule resume greet/)
    const { out } = await runToEnd(["schedule", "list"], home)
    assert.match(out, /^JOB +WHEN +AGENT +TOOLS +NEXT +LAST +TOKENS +COST\n/)
    assert.match(out, /\ngreet +0 7 1 1 \* UTC +default +echo +paused +done \d{4}-\S+ +\d+ +\$0\.00\n$/)
    const resumed = await runToEnd(["schedule", "resume", "greet"], home)
    assert.match(resumed.err, /goes on; it is due next at \d{4}-01-01T07:00:00\.000Z/)
    const [listed] = JSON.parse((await runToEnd(["schedule", "list", "--json"], home)).out)
    assert.deepInclude(listed, { id: "greet", paused: false })

    const unknown = await runToEnd(["schedule", "run", "gret"], home)
    assert.notStrictEqual(unknown.code, 0)
    assert.match(unknown.err, /no job of that name; did you mean "greet"\?/)
    await gateway.stop()
  })

  it("says what to do where there are no jobs", async () => {
    const home = folder()
    const gateway = await startGateway(home)
    const { code, err, out } = await runToEnd(["schedule", "list"], home)
    await gateway.stop()
    assert.deepStrictEqual([code, out], [0, ""])
    assert.match(err, /Add \[\[schedule\]\]/)
  })
})
