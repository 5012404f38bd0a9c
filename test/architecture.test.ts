import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { check } from "./architecture/check.ts"
import { allowed, type Allowed } from "./architecture/rules.ts"
import { importsOf, type SourceFile, withoutComments } from "./architecture/source.ts"

const root = path.resolve(import.meta.dirname, "..")

const filesUnder = (folder: string): ReadonlyArray<SourceFile> =>
  fs.existsSync(path.join(root, folder))
    ? fs
        .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && (entry.name.endsWith(".ts") || entry.name.endsWith("_pb.js")))
        .map((entry) => path.join(entry.parentPath, entry.name))
        .map((file) => ({ path: path.relative(root, file).replaceAll("\\", "/"), text: fs.readFileSync(file, "utf8") }))
    : []

const dependencies = Object.keys(
  (JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> })
    .dependencies
)

/** The violations of a house that consists of these files only. */
const violationsOf = (files: Readonly<Record<string, string>>, exceptions: ReadonlyArray<Allowed> = []) =>
  check(
    Object.entries(files).map(([file, text]) => ({ path: file, text })),
    { dependencies: ["effect", "@effect/platform-node", "ws", "@extism/extism"], allowed: exceptions }
  )

const empty = "export const nothing = 0\n"

describe("the house", () => {
  it("keeps every rule in src/, layers/ and examples/", () => {
    const files = ["src", "layers", "examples"].flatMap(filesUnder)
    assert.isAbove(files.length, 20)
    assert.deepStrictEqual(check(files, { dependencies, allowed }), [])
  })
})

describe("the checker", () => {
  it("lets imports go down and sideways", () => {
    const files = {
      "src/router/Router.ts":
        'import { Id } from "../domain/Id.ts"\nimport type { Inbox } from "../session/Inbox.ts"\n',
      "src/session/Inbox.ts": 'import * as Effect from "effect/Effect"\n',
      "src/domain/Id.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), [])
  })

  it("catches an import that goes up, also of a type, over lines, re-exported or dynamic", () => {
    for (const statement of [
      'import { Router } from "../router/Router.ts"',
      'import type { Router } from "../router/Router.ts"',
      'import {\n  Router,\n  type Route\n} from "../router/Router.ts"',
      'export * from "../router/Router.ts"',
      'import "../router/Router.ts"',
      'const late = () => import("../router/Router.ts")',
      'type Late = typeof import("../router/Router.ts")'
    ]) {
      const violations = violationsOf({ "src/budget/Hold.ts": `${statement}\n`, "src/router/Router.ts": empty })
      assert.deepStrictEqual(
        violations,
        ["src/budget/Hold.ts imports src/router/Router.ts: router is a floor above budget"],
        statement
      )
    }
  })

  it("catches a circle between folders of one floor, and names it once", () => {
    const files = {
      "src/router/A.ts": 'import "../session/B.ts"\n',
      "src/session/B.ts": 'import "../router/C.ts"\n',
      "src/router/C.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), ["src/: router -> session -> router is a circle"])
  })

  it("catches a circle between files of one folder, of types too, and names it once", () => {
    const files = {
      "src/router/A.ts": 'import type { B } from "./B.ts"\nimport "./C.ts"\n',
      "src/router/B.ts": 'import "./C.ts"\n',
      "src/router/C.ts": 'import type { B } from "./B.ts"\n'
    }
    assert.deepStrictEqual(violationsOf(files), ["src/router/B.ts -> src/router/C.ts -> src/router/B.ts is a circle"])
  })

  it("lets audit know nobody but domain", () => {
    const files = {
      "src/audit/Audit.ts": 'import "../identity/Principal.ts"\nimport "../domain/Ids.ts"\n',
      "src/identity/Principal.ts": empty,
      "src/domain/Ids.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), [
      "src/audit/Audit.ts imports src/identity/Principal.ts: audit knows domain"
    ])
  })

  it("keeps src/ from Node, from packages, from layers/ and from the barrel", () => {
    const files = {
      "src/domain/A.ts":
        'import * as fs from "node:fs"\nimport ws from "ws"\nimport { Effect } from "effect"\nimport "../../layers/x/Y.ts"\n',
      "layers/x/Y.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), [
      "src/domain/A.ts imports node:fs: src/ knows only effect",
      "src/domain/A.ts imports ws: src/ knows only effect",
      'src/domain/A.ts imports the barrel "effect": name the module',
      "src/domain/A.ts imports layers/x/Y.ts: src/ knows only src/"
    ])
  })

  it("keeps a backend from its sibling's internals, but lets it use the platform and the store", () => {
    const files = {
      "layers/model/A.ts":
        'import "../gateway/Limits.ts"\nimport "../store/Writer.ts"\nimport "../store/migrations/0001.ts"\n',
      "layers/gateway/Limits.ts": 'import "../model/B.ts"\n',
      "layers/model/B.ts": empty,
      "layers/store/Writer.ts": empty,
      "layers/store/migrations/0001.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), [
      "layers/model/A.ts imports layers/gateway/Limits.ts: a backend uses no sibling's internals",
      "layers/model/A.ts imports layers/store/migrations/0001.ts: a backend uses no sibling's internals",
      "layers/: gateway -> model -> gateway is a circle"
    ])
  })

  it("keeps the bus's layers from reaching around one another, and every file of it in one of them", () => {
    const files = {
      "src/bus/History.ts": empty,
      "src/bus/Position.ts": empty,
      "src/bus/routing/Broker.ts": 'import type { H } from "../History.ts"\nimport "../Position.ts"\n',
      "src/bus/commands/Dispatcher.ts": 'import "../routing/Broker.ts"\nimport "../History.ts"\n',
      "layers/bus/MemoryHistory.ts": 'import "../../src/bus/History.ts"\n',
      "layers/bus/routing/Broker.ts": 'import "../../../src/bus/History.ts"\nimport "../MemoryHistory.ts"\n',
      "layers/bus/transport/Session.ts": 'import "../../../src/bus/History.ts"\nimport "../routing/Broker.ts"\n',
      "layers/bus/Bus.ts":
        'import "./routing/Broker.ts"\nimport "./MemoryHistory.ts"\nimport "./transport/Session.ts"\n',
      "layers/bus/Stray.ts": empty
    }
    assert.deepStrictEqual(violationsOf(files), [
      "src/bus/commands/Dispatcher.ts imports src/bus/History.ts: the bus's commands does not use its storage",
      "layers/bus/routing/Broker.ts imports layers/bus/MemoryHistory.ts: of the bus's storage only its port in src/ is for others",
      "layers/bus/transport/Session.ts imports src/bus/History.ts: the bus's transport does not use its storage",
      "layers/bus/transport/Session.ts imports layers/bus/routing/Broker.ts: of the bus's routing only its port in src/ is for others",
      "layers/bus/Stray.ts is in no layer of the bus"
    ])
  })

  it("lets the graph import every backend", () => {
    assert.deepStrictEqual(
      violationsOf({ "layers/Exoclaw.ts": 'import "./model/A.ts"\n', "layers/model/A.ts": empty }),
      []
    )
  })

  it("lets every backend use what a generator wrote, as it wrote it, and src/ not", () => {
    const files = {
      "layers/client/A.ts": 'import "../proto/generated/x_pb.js"\n',
      "layers/proto/generated/x_pb.js": "var x = 0\n".repeat(400),
      "src/domain/A.ts": 'import "../../layers/proto/generated/x_pb.js"\n'
    }
    assert.deepStrictEqual(violationsOf(files), [
      "src/domain/A.ts imports layers/proto/generated/x_pb.js: src/ knows only src/"
    ])
  })

  it("gives dangerous modules to their owners only, and packages only when package.json has them", () => {
    const files = {
      "layers/http/A.ts":
        'import * as child from "node:child_process"\nimport extism from "@extism/extism"\nimport lodash from "lodash/fp"\n',
      "layers/sandbox/Zygote.ts": 'import * as child from "node:child_process"\nimport extism from "@extism/extism"\n'
    }
    assert.deepStrictEqual(violationsOf(files), [
      "layers/http/A.ts imports node:child_process, which belongs to layers/sandbox/, layers/cli/, layers/model/TokenCounter.ts",
      "layers/http/A.ts imports @extism/extism, which belongs to layers/sandbox/",
      "layers/http/A.ts imports lodash/fp, which is no dependency of package.json"
    ])
  })

  it("catches each text that has no place in src/, and not the same text in a comment or in layers/", () => {
    const texts = [
      "try {",
      "JSON.parse(text)",
      "process.env",
      "Date.now()",
      "new Date(0)",
      "Math.random()",
      "fetch(url)",
      "x as unknown as Y",
      "x as any",
      "const f = (x: any) => x",
      "const g = new Map<any, string>()",
      "Effect.die(error)",
      "Effect.dieMessage(error)"
    ]
    for (const text of texts) {
      assert.lengthOf(violationsOf({ "src/domain/A.ts": `${text}\n` }), 1, text)
      assert.lengthOf(violationsOf({ "src/domain/A.ts": `// ${text}\n/* ${text} */\n` }), 0, text)
      assert.lengthOf(violationsOf({ "layers/store/A.ts": `${text}\n` }), 0, text)
    }
    assert.deepStrictEqual(
      violationsOf({
        "src/domain/A.ts":
          'client.fetch(url)\nEffect.try({})\nconst any: string = company\nconst scope = "session:any"\n'
      }),
      []
    )
  })

  it("lets an exception through with its reason, and reports one that is not needed", () => {
    const files = { "src/domain/A.ts": "const now = Date.now()\nconst later = Date.now() + 1\n" }
    const exception = { file: "src/domain/A.ts", line: "const now = Date.now()", reason: "a sample" }
    assert.deepStrictEqual(violationsOf(files, [exception]), ["src/domain/A.ts:2 has `Date.now`: use Clock"])
    assert.deepStrictEqual(violationsOf({ "src/domain/A.ts": empty }, [exception]), [
      "the exception for src/domain/A.ts (const now = Date.now()) is not needed any more"
    ])
  })

  it("lets only the owners of a proof name what makes it, in layers/ too", () => {
    const files = {
      "layers/http/A.ts": "const principal = sealClaims(claims)\nconst context = Context.makeUnsafe(map)\n",
      "layers/http/B.ts":
        "const table = capabilities([])\nconst me = authenticator.internal(claims)\nconst all = yield* ModelAdapters\nCasil.layerOff\n",
      "src/identity/Authenticator.ts": "const principal = sealClaims(claims)\n"
    }
    assert.deepStrictEqual(violationsOf(files), [
      "layers/http/A.ts:1 has `sealClaims`: principals are made by an Authenticator",
      "layers/http/A.ts:2 has `Context.makeUnsafe`: a context made by hand can hold a forged proof",
      "layers/http/B.ts:1 has `capabilities(`: grants are made of what the operator configured",
      "layers/http/B.ts:2 has `authenticator.internal(`: only work that starts inside has a principal without a credential",
      "layers/http/B.ts:3 has `yield* ModelAdapters`: an adapter alone asks its vendor without a hold",
      "layers/http/B.ts:4 has `Casil.layerOff`: what a gateway shows to a model, a plugin or a peer is inspected"
    ])
  })

  it("catches a service key that is minted twice", () => {
    const files = {
      "src/budget/Permit.ts": 'const key = Context.Service<Permit, Sealed>("exoclaw/budget/Permit")\n',
      "layers/budget/Forged.ts": 'class Forged extends Context.Service<Forged, {}>()("exoclaw/budget/Permit") {}\n'
    }
    assert.deepStrictEqual(violationsOf(files), [
      "the key exoclaw/budget/Permit is minted in src/budget/Permit.ts and layers/budget/Forged.ts"
    ])
  })

  it("catches a file that is too long, a folder that is no room, and an import of nothing", () => {
    assert.lengthOf(violationsOf({ "layers/http/A.ts": "const x = 0\n".repeat(301) }), 1)
    assert.deepStrictEqual(violationsOf({ "src/helpers/A.ts": empty }), ["src/helpers/A.ts is in no room of the house"])
    assert.deepStrictEqual(violationsOf({ "layers/http/A.ts": 'import "./B.ts"\n' }), [
      "layers/http/A.ts imports ./B.ts, which does not exist"
    ])
  })
})

describe("reading source", () => {
  it("tells comments from strings, templates and regular expressions", () => {
    const text =
      'const a = "// no" // yes\nconst b = `/* no ${c /* yes */} // no`\nconst d = /["/*]/ // yes\nconst e = a / b // yes\n'
    const code = withoutComments(text)
    assert.strictEqual(code.length, text.length)
    assert.notInclude(code, "yes")
    assert.strictEqual(code.match(/no/g)?.length, 3)
    assert.include(code, '/["/*]/')
  })

  it("finds imports, and none in a string", () => {
    assert.deepStrictEqual(importsOf('import a from "x"\nexport const b = "y"\nconst c = "from \\"z\\""\n'), ["x"])
  })
})
