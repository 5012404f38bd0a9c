/** plugins/web-fetch, with pages in the place of the network. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import {
  agreesWithManifest,
  answer,
  type Answered,
  type Asked,
  call,
  http,
  patience,
  refusal,
  withPlugin
} from "./support.ts"

let page: Answered = {}
let asked: Asked | undefined
const host = http((request) => {
  asked = request
  return page
})
const html = (body: string | Uint8Array, type = "text/html; charset=utf-8"): Answered => ({
  headers: { "content-type": type },
  body
})
const read = (body: string | Uint8Array, type?: string, more: Record<string, boolean | number> = {}) =>
  Effect.suspend(() => {
    page = html(body, type)
    return answer("web_fetch", { url: "https://example.com/a/b.html?q=1", ...more })
  })

const plugin = withPlugin("web-fetch", { capabilities: ["http:example.com"] }, { hostFunctions: [host] })

layer(plugin, patience)("web-fetch", (it) => {
  it.effect("gives a page as it reads, without its markup", () =>
    Effect.gen(function* () {
      const source = `<!doctype html><html><head><title> A   page &amp; more </title><style>p { x: "<p>" }</style>
        <meta charset="utf-8"></head><body><!-- <p>not this</p> -->
        <nav><ul><li>Home</li></ul></nav><script>if (a < b) document.write("</p>")</script>
        <h1>Title</h1><p>One <b>bold</b>, one <i>slan</i>ted&nbsp;word.<br>Next line</p>
        <h2>List</h2><ul><li>first<li>second <ul><li>inner</ul><li>third</ul><ol><li>a</li><li>b</li></ol>
        <pre>  keep
    this</pre>
        <table><tr><th>Name</th><th>Size</th></tr><tr><td>x</td><td>1 &lt; 2</td></tr></table>
        <img src=x alt="a cat"> <IMG SRC=y><P>Grüße 🐈 &#x1F408; &copy; &eacute; &hellip; &unknown; AT&T</P>
        <footer>imprint</footer><svg><text>drawn</text></svg></body></html>`
      assert.strictEqual(
        yield* read(source),
        [
          "A page & more",
          "",
          "# Title",
          "",
          "One bold, one slanted word.",
          "Next line",
          "",
          "## List",
          "",
          "- first",
          "- second",
          "  - inner",
          "- third",
          "",
          "1. a",
          "2. b",
          "",
          "  keep\n    this",
          "",
          "Name Size",
          "x 1 < 2",
          "",
          "[image: a cat]",
          "",
          "Grüße 🐈 🐈 © é … &unknown; AT&T"
        ].join("\n")
      )
      assert.deepInclude(asked!, { method: "GET", url: "https://example.com/a/b.html?q=1" })
    })
  )

  it.effect("shows links where that is asked for", () =>
    Effect.gen(function* () {
      const source = `<a href="https://x.org/1">one</a> <a href='/two?a=1&amp;b=2'>two</a> <a href=three>three</a>
        <a href="//y.org/4">four</a> <a href="?p=5">five</a> <a href="#top">top</a> <a href="javascript:x()">js</a> <a>none</a>`
      assert.strictEqual(
        yield* read(source, "text/html", { links: true }),
        "[one](https://x.org/1) [two](https://example.com/two?a=1&b=2) [three](https://example.com/a/three) " +
          "[four](https://y.org/4) [five](https://example.com/a/b.html?p=5) top js none"
      )
      assert.strictEqual(yield* read(source, "text/html"), "one two three four five top js none")
    })
  )

  it.effect("reads pages of other encodings, and text that is no HTML", () =>
    Effect.gen(function* () {
      const western = Uint8Array.of(...Buffer.from("caf\xe9 \x93x\x94 \x80", "latin1"))
      assert.strictEqual(yield* read(western, "text/html; charset=ISO-8859-1"), "café “x” €")
      assert.strictEqual(yield* read(western, "text/plain; charset=windows-1252"), "café “x” €")
      assert.strictEqual(yield* read(western), "caf\ufffd \ufffdx\ufffd \ufffd")
      const meta = Buffer.concat([Buffer.from('<meta charset="iso-8859-1"><p>'), western])
      assert.strictEqual(yield* read(new Uint8Array(meta), "text/html"), "café “x” €")
      assert.strictEqual(yield* read('{"a": "<b>"}', "application/json"), '{"a": "<b>"}')
      assert.strictEqual(yield* read("a  <b>\n c", "text/plain"), "a  <b>\n c")
      assert.strictEqual(yield* read("<p>a</p>", ""), "a")
    })
  )

  it.effect("gives a long page in parts that make up the whole", () =>
    Effect.gen(function* () {
      const words = Array.from({ length: 3000 }, (_, n) => `word${n} 🐈`).join(" ")
      page = html(`<p>${words}</p>`)
      let text = ""
      let offset = 0
      for (let part = 0; part < 100; part++) {
        const said: string = yield* answer("web_fetch", { url: "https://example.com/", offset, limit: 1001 })
        const [, shown, next] = /^([^]*?)(?:\n\n\[Characters \d+ to \d+ of \d+; go on with offset (\d+)\.\])?$/.exec(
          said
        )!
        text += shown
        if (next === undefined) break
        offset = Number(next)
      }
      assert.strictEqual(text, words)
      assert.match(yield* refusal("web_fetch", { url: "https://example.com/", offset: 1e6 }), /has \d+ characters only/)
    })
  )

  it.effect("says what it cannot read", () =>
    Effect.gen(function* () {
      for (const url of ["", "example.com", "file:///etc/passwd", 5]) {
        assert.match(yield* refusal("web_fetch", { url }), /begins with https/)
      }
      for (const more of [{ limit: 0 }, { limit: 50_001 }, { limit: 1.5 }, { offset: -1 }, { offset: "x" }]) {
        assert.match(yield* refusal("web_fetch", { url: "https://example.com", ...more }), /is a whole number from/)
      }
      page = { status: 404, body: "<p>gone</p>" }
      assert.match(
        yield* refusal("web_fetch", { url: "https://example.com" }),
        /^The server answered with status 404\.$/
      )
      page = html(Uint8Array.of(0x89, 0x50), "image/png")
      assert.match(yield* refusal("web_fetch", { url: "https://example.com" }), /it is "image\/png"/)
      assert.strictEqual(yield* read("<p> </p>"), "The page holds no text.")
    })
  )

  it.effect("T28: has a text for every page, however it is broken", () =>
    Effect.gen(function* () {
      const piece = fc.constantFrom(
        "<",
        ">",
        "</",
        "<p>",
        "<a href='",
        '"',
        "'",
        "=",
        "<!--",
        "-->",
        "<script>",
        "</script",
        "<title>",
        "<pre>",
        "</pre>",
        "<ul>",
        "<ol>",
        "<li>",
        "</ul>",
        "<svg>",
        "</svg",
        "&",
        "&#",
        "&#x",
        ";",
        "&lt;",
        "&#9999999999;",
        "<!",
        "<?",
        "text",
        " ",
        "\n",
        "🐈",
        "é",
        "<nav/>",
        "<B CLASS=x",
        "\u0000"
      )
      for (const pieces of fc.sample(fc.array(piece, { maxLength: 40 }), { numRuns: 400, seed: 61 })) {
        const { isError } = yield* Effect.suspend(() => {
          page = html(pieces.join(""))
          return call("web_fetch", { url: "https://example.com/", links: true })
        })
        assert.isFalse(isError)
      }
    })
  )

  it.effect("T25: pages made to be costly stay cheap", () =>
    Effect.gen(function* () {
      const size = 900_000
      for (const one of [
        "<",
        "<a ",
        "<p>",
        "&lt;",
        "<svg>",
        "<!--",
        "</",
        "<a href=",
        "<li>",
        "x <B>",
        "<script>",
        "&#"
      ]) {
        yield* Effect.suspend(() => {
          page = html(one.repeat(Math.floor(size / one.length)))
          return call("web_fetch", { url: "https://example.com/" })
        })
      }
      assert.match(
        yield* read(`<p>${"word ".repeat(205_000)}</p>`, "text/html", { offset: 990_000, limit: 20_000 }),
        /longer than 1000000 bytes/
      )
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})
