import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Redacted from "effect/Redacted"
import { gatewayFlags, quickly, toFlags, whereFlags } from "../../layers/cli/GatewayFlags.ts"
import { hideToken, placeholder, unhide } from "../../layers/cli/SecretArguments.ts"

const names = [...whereFlags, ...gatewayFlags].map(({ name }) => name)

describe("the flags of `gateway`", () => {
  it("are read without the command-line library where they are known ones with values", () => {
    assert.deepStrictEqual(quickly(["gateway"]), {})
    assert.deepStrictEqual(quickly(["gateway", "--port", "8080", "--config=/etc/x.toml"]), {
      port: "8080",
      config: "/etc/x.toml"
    })
  })

  it("are left to the library where there is anything to be said about them", () => {
    for (const args of [
      [],
      ["chat"],
      ["--port", "1", "gateway"],
      ["gateway", "--help"],
      ["gateway", "-h"],
      ["gateway", "--version"],
      ["gateway", "--port"],
      ["gateway", "--port", "--bind"],
      ["gateway", "--port="],
      ["gateway", "--port", "1", "--port", "2"],
      ["gateway", "--prot", "1"],
      ["gateway", "now"],
      ["gateway", "--", "x"],
      ["gateway", "--constructor", "x"]
    ]) {
      assert.isUndefined(quickly(args), args.join(" "))
    }
  })

  it("give back exactly what was written, in either form and any order", () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("-"))
    const flags = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), value, fc.boolean()), {
      selector: ([name]) => name
    })
    fc.assert(
      fc.property(flags, (given) => {
        const args = given.flatMap(([name, text, attached]) => (attached ? [`--${name}=${text}`] : [`--${name}`, text]))
        assert.deepStrictEqual(
          quickly(["gateway", ...args]),
          Object.fromEntries(given.map(([name, text]) => [name, text]))
        )
      })
    )
  })

  it("become settings under the name they were typed by", () => {
    const token = Redacted.make("x")
    assert.deepStrictEqual(toFlags({ port: "8080", "operator-port": "0", config: "c" }, token), {
      config: "c",
      state: undefined,
      token,
      values: [
        { key: "gateway.port", flag: "--port", value: "8080" },
        { key: "gateway.operator_port", flag: "--operator-port", value: "0" }
      ]
    })
  })
})

describe("hideToken", () => {
  it("T8: takes the token out of the command line in both forms, and keeps the last one", () => {
    assert.deepStrictEqual(hideToken(["gateway", "--token", "abc", "--port", "1"]), {
      args: ["gateway", "--token", placeholder, "--port", "1"],
      token: "abc"
    })
    assert.deepStrictEqual(hideToken(["gateway", "--token=abc", "--token=def"]), {
      args: ["gateway", `--token=${placeholder}`, `--token=${placeholder}`],
      token: "def"
    })
  })

  it("T8: leaves no trace of it, whatever else is there", () => {
    const other = fc.constantFrom("gateway", "--port", "1", "--token-file", "--tokens=x", "chat", "hello")
    fc.assert(
      fc.property(fc.array(other), fc.array(other), fc.boolean(), (before, after, attached) => {
        const secret = "f3b1c7d9e2a84b6f"
        const { args, token } = hideToken([
          ...before,
          ...(attached ? [`--token=${secret}`] : ["--token", secret]),
          ...after
        ])
        assert.strictEqual(token, secret)
        assert.notInclude(args.join(" "), secret)
      })
    )
  })

  it("leaves a command line without one as it is, and what stands after -- too", () => {
    for (const args of [[], ["chat", "hello"], ["gateway", "--token-file", "x"], ["chat", "--", "--token", "x"]]) {
      assert.deepStrictEqual(hideToken(args), { args, token: undefined })
    }
    assert.deepStrictEqual(hideToken(["gateway", "--token"]), { args: ["gateway", "--token"], token: undefined })
  })

  it("takes what a launcher hands over only for a token that it has hidden", () => {
    const hidden = hideToken(["gateway", "--token", placeholder])
    assert.strictEqual(unhide(hidden, "abc").token, "abc")
    assert.strictEqual(unhide(hidden, undefined).token, placeholder)
    assert.strictEqual(unhide(hideToken(["gateway", "--token=def"]), "abc").token, "def")
    assert.isUndefined(unhide(hideToken(["gateway"]), "abc").token)
  })
})
