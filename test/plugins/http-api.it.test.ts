/** plugins/http-api: a described API, with a function in the place of the network. */
import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { open as hostFunction } from "../../src/sandbox/HostFunction.ts"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as path from "node:path"
import { PluginName } from "../../src/domain/Ids.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { compiled, sandbox } from "../sandbox/support.ts"
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

let reply: Answered = {}
let asked: Asked | undefined
const host = http((request) => {
  asked = request
  return reply
})

const openapi = {
  openapi: "3.1.0",
  servers: [{ url: "https://api.example.com/v1/" }],
  paths: {
    "/pets": {
      get: {
        operationId: "listPets",
        summary: "Lists pets",
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer" }, description: "How many" },
          { name: "tag", in: "query", schema: { type: "array" } },
          { name: "X-Trace", in: "header", schema: { type: "string" } }
        ]
      },
      post: { operationId: "addPet", requestBody: { required: true } }
    },
    "/pets/{id}": {
      parameters: [{ $ref: "#/components/parameters/id" }],
      get: { operationId: "getPet" },
      delete: { requestBody: {} }
    }
  },
  components: { parameters: { id: { name: "id", in: "path", required: true, schema: { type: "string" } } } }
}
const headers = { Authorization: "Bearer {{secret:PETS}}" }
const api = (config: Record<string, any>) =>
  withPlugin("http-api", { capabilities: ["http:api.example.com"], config }, { hostFunctions: [host] })

const callApi = (operation: string, more: Record<string, any> = {}) => ({ operation, ...more })

layer(api({ openapi, headers }), patience)("http-api", (it) => {
  it.effect("lists the operations as a model can use them", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* answer("api_operations", {}),
        [
          "listPets: GET /pets, Lists pets",
          "  limit (integer, query): How many",
          "  tag (array, query)",
          "  X-Trace (string, header)",
          "addPet: POST /pets",
          "  body (required)",
          "getPet: GET /pets/{id}",
          "  id (string, path, required)",
          "delete /pets/{id}: DELETE /pets/{id}",
          "  id (string, path, required)",
          "  body (optional)"
        ].join("\n")
      )
      assert.strictEqual(
        yield* answer("api_operations", { search: "LISTS" }),
        (yield* answer("api_operations", {})).split("\naddPet")[0]
      )
      assert.strictEqual(yield* answer("api_operations", { search: "horses" }), "There is no such operation.")
    })
  )

  it.effect("puts parameters where they belong, encoded, and adds the operator's headers", () =>
    Effect.gen(function* () {
      reply = { body: '[{"id": 1}]', headers: { "content-type": "application/json" } }
      const parameters = { limit: 3, tag: ["a b", "ü&x"], "X-Trace": "t1" }
      assert.strictEqual(yield* answer("api_call", callApi("listPets", { parameters })), '[{"id": 1}]')
      assert.deepStrictEqual(asked, {
        method: "GET",
        url: "https://api.example.com/v1/pets?limit=3&tag=a%20b&tag=%C3%BC%26x",
        headers: { Accept: "application/json", "X-Trace": "t1", ...headers },
        body: ""
      })
      yield* answer("api_call", callApi("getPet", { parameters: { id: "../admin?x#y/🐈" } }))
      assert.strictEqual(asked?.url, "https://api.example.com/v1/pets/..%2Fadmin%3Fx%23y%2F%F0%9F%90%88")
    })
  )

  it.effect("sends a body as JSON", () =>
    Effect.gen(function* () {
      reply = { status: 201 }
      const body = { name: "Mieze 🐈", tags: [1, true, null] }
      assert.strictEqual(yield* answer("api_call", callApi("addPet", { body })), "Done; status 201, and nothing else.")
      assert.deepStrictEqual(JSON.parse(asked!.body), body)
      assert.strictEqual(asked?.headers["Content-Type"], "application/json")
      reply = { status: 422, body: "no" }
      assert.strictEqual(yield* refusal("api_call", callApi("addPet", { body })), "Status 422: no")
      reply = { body: "y".repeat(30_000) }
      assert.match(yield* answer("api_call", callApi("listPets")), /\n\[10000 more characters\]$/)
    })
  )

  it.effect("refuses what the description does not allow, before anything is sent", () =>
    Effect.gen(function* () {
      const table: ReadonlyArray<readonly [Record<string, any>, RegExp]> = [
        [callApi("nothing"), /no operation "nothing"; api_operations lists/],
        [callApi("listPets", { parameters: { limits: 1 } }), /has no parameter "limits"; it has limit, tag, X-Trace\./],
        [callApi("listPets", { parameters: { limit: "three" } }), /limit must be of the type integer/],
        [callApi("listPets", { parameters: { limit: 1.5 } }), /limit must be of the type integer/],
        [callApi("listPets", { parameters: { tag: "a" } }), /tag must be of the type array/],
        [callApi("listPets", { body: {} }), /takes no body/],
        [callApi("addPet"), /needs a body/],
        [callApi("getPet"), /needs the parameter id/],
        [callApi("getPet", { parameters: { id: ".." } }), /cannot stand in a path/],
        [callApi("getPet", { parameters: { id: "" } }), /cannot stand in a path/]
      ]
      for (const [input, wanted] of table) {
        asked = undefined
        assert.match(yield* refusal("api_call", input), wanted)
        assert.isUndefined(asked)
      }
    })
  )

  it.effect("says in plugin.toml what it says when asked", () => agreesWithManifest)
})

const secrets = {
  ...hostFunction({ name: "secret_exists", argument: Schema.Struct({}), run: () => Effect.succeed(true) }),
  capability: "secret" as const
}
const withSecret = withPlugin(
  "http-api",
  { capabilities: ["http:api.example.com", "secret:PETS"], config: { openapi, headers } },
  { hostFunctions: [host, secrets] }
)

it.live("T22: a model that was talked into it writes a secret into no request", () =>
  Effect.gen(function* () {
    reply = { body: "{}" }
    yield* answer("api_call", callApi("addPet", { body: { name: "{secret:PETS}" } }))
    assert.include(asked?.headers["Authorization"] ?? "", "{{secret:PETS}}")
    const inputs = [
      callApi("addPet", { body: { name: "look: {{secret:PETS}}" } }),
      callApi("getPet", { parameters: { id: "{{secret:PETS}}" } }),
      callApi("getPet", { parameters: { id: "%7B%7Bsecret:PETS}}" } }),
      callApi("listPets", { parameters: { "X-Trace": "{{secret:PETS}}" } })
    ]
    for (const input of inputs) {
      asked = undefined
      const { message } = yield* Effect.flip(call("api_call", input))
      assert.match(message, /^Plugin "http-api" failed: the input holds a \{\{secret:NAME\}\} placeholder/)
      assert.isUndefined(asked)
    }
  }).pipe(Effect.provide(withSecret))
)

it.live("two values of one path spell no placeholder together", () =>
  Effect.gen(function* () {
    asked = undefined
    const parameters = { a: "{{sec", b: "ret:PETS}}" }
    assert.match(yield* refusal("api_call", callApi("both", { parameters })), /cannot stand in a path/)
    assert.isUndefined(asked)
  }).pipe(
    Effect.provide(
      api({
        base: "https://api.example.com",
        openapi: {
          paths: {
            "/{a}{b}": { get: { operationId: "both", parameters: ["a", "b"].map((name) => ({ name, in: "path" })) } }
          }
        }
      })
    )
  )
)

it.live("is loaded for several APIs, each under a prefix, and says which one it is", () =>
  Effect.gen(function* () {
    const { tools } = yield* Sandbox
    assert.deepStrictEqual(
      tools.map(({ description, name, plugin }) => [plugin, name, description.split(" with ")[0]]),
      [
        ["pets", "api_operations", 'Lists the operations of Pets "of" all kinds 🐈'],
        ["pets", "api_call", 'Calls an operation of Pets "of" all kinds 🐈, and gives what it answers.'],
        ["weather", "w_api_operations", `Lists the operations of ${"é".repeat(80)}`],
        ["weather", "w_api_call", `Calls an operation of ${"é".repeat(80)}, and gives what it answers.`]
      ]
    )
    reply = { body: "{}" }
    yield* answer("api_call", callApi("listPets"))
    assert.strictEqual(asked?.url, "https://api.example.com/v1/pets")
    yield* answer("w_api_call", callApi("today"))
    assert.strictEqual(asked?.url, "https://weather.example/today")
  }).pipe(
    Effect.provide(
      Layer.unwrap(
        Effect.map(
          Effect.promise(() => compiled),
          (folder) => {
            const entry = (name: string, config: JsonObject, more = {}) => ({
              name: PluginName.make(name),
              path: path.join(folder, "http-api.wasm"),
              capabilities: ["http:api.example.com"],
              config,
              ...more
            })
            const weather = { info: { title: "é".repeat(200) }, paths: { "/today": { get: { operationId: "today" } } } }
            return sandbox({
              deadlineMs: 30_000,
              hostFunctions: [host],
              plugins: [
                entry("pets", { openapi: { ...openapi, info: { title: 'Pets "of" all kinds 🐈' } } }),
                entry("weather", { openapi: weather, base: "https://weather.example" }, { tool_prefix: "w_" })
              ]
            })
          }
        )
      )
    )
  )
)

it.live("takes the description as text, and another address than its own", () =>
  Effect.gen(function* () {
    reply = { body: "{}" }
    yield* answer("api_call", callApi("listPets"))
    assert.strictEqual(asked?.url, "https://api.example.com/v2/pets")
    assert.deepStrictEqual(asked?.headers, { Accept: "application/json" })
  }).pipe(Effect.provide(api({ openapi: JSON.stringify(openapi), base: "https://api.example.com/v2" })))
)

it.live("says what is missing where it is not configured", () =>
  Effect.gen(function* () {
    assert.match(yield* refusal("api_operations", {}), /needs "openapi"/)
  }).pipe(Effect.provide(api({})))
)

it.live("needs to know the address", () =>
  Effect.gen(function* () {
    assert.match(yield* refusal("api_call", callApi("listPets")), /needs "base"/)
  }).pipe(Effect.provide(api({ openapi: { paths: openapi.paths } })))
)
