/** Usual mistakes on a command line, and the next step that is told. */
import { assert, describe, it } from "@effect/vitest"
import { exoclaw } from "./support.ts"

describe("a usual mistake", () => {
  const mistakes: ReadonlyArray<readonly [args: ReadonlyArray<string>, sentence: string]> = [
    [["chta", "hi"], 'Unknown subcommand "chta" for "exoclaw". Did you mean this? chat'],
    [
      ["chat", "--sesion", "a", "hi"],
      "Unrecognized flag: --sesion in command exoclaw chat. Did you mean this? --session"
    ],
    [
      ["chat", "--token", "abc", "hi"],
      "Unrecognized flag: --token in command exoclaw chat. Set EXOCLAW_TOKEN, or use --token-file."
    ],
    [["token", "create", "a b"], "A token's name has 1 to 64 of A-Z a-z 0-9 _ . -."],
    [["token", "create", "a", "--expires", "2020-01-01"], "--expires is in the past."]
  ]
  for (const [args, sentence] of mistakes) {
    it(`\`exoclaw ${args.join(" ")}\` is told in a sentence and exits with 2`, async () => {
      const { code, err } = await exoclaw(args)
      assert.include(err.split("\n"), `exoclaw: ${sentence}`)
      assert.strictEqual(code, 2)
    })
  }
})
