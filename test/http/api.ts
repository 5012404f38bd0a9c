/** A small group with one method per behaviour of the wire, for the tests of protocol and listener. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcMiddleware from "effect/rpc/RpcMiddleware"
import type * as JsonRpcProtocol from "../../layers/http/JsonRpcProtocol.ts"

export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  message: Schema.String,
  limit: Schema.Int
}) {
  readonly code = 4001
}
export class Broken extends Schema.TaggedError<Broken>()("Broken", { at: Schema.Int }) {
  override get message() {
    return `broken at ${this.at}`
  }
  readonly code = 4002
}
export class Bare extends Schema.TaggedError<Bare>()("Bare", {}) {}
export class NotYou extends Schema.TaggedError<NotYou>()("NotYou", { message: Schema.String }) {
  readonly code = -32001
}
export class Doorman extends RpcMiddleware.Service<Doorman>()("test/Doorman", { error: NotYou }) {}

const Tick = Schema.Struct({
  requestId: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite, Schema.Null])),
  seq: Schema.Int,
  type: Schema.Literals(["tick"]),
  data: Schema.Struct({ pad: Schema.String })
})
const Total = Schema.Struct({ total: Schema.Int })

export class Api extends RpcGroup.make(
  Rpc.make("ping", { payload: { n: Schema.Finite }, success: Schema.Struct({ n: Schema.Finite }) }),
  Rpc.make("echo", { payload: { text: Schema.String }, success: Schema.String }),
  Rpc.make("nothing", {}),
  Rpc.make("sum", { payload: Schema.Array(Schema.Finite), success: Schema.Finite }),
  Rpc.make("fail", { success: Schema.Void, error: Refused }),
  Rpc.make("bare", { success: Schema.Void, error: Bare }),
  Rpc.make("die", { success: Schema.Void }),
  Rpc.make("lie", { success: Schema.Int }),
  Rpc.make("cycle", { success: Schema.Unknown }),
  Rpc.make("interrupt", { success: Schema.Void }),
  Rpc.make("hang", { success: Schema.Void }),
  Rpc.make("count", {
    payload: { to: Schema.Int, size: Schema.optionalKey(Schema.Int), fail: Schema.optionalKey(Schema.Boolean) },
    success: Schema.Union([Tick, Total]),
    error: Broken,
    stream: true
  }),
  Rpc.make("endless", { success: Schema.Union([Tick, Total]), stream: true }),
  Rpc.make("plain", { payload: { values: Schema.Array(Schema.Int) }, success: Schema.Int, stream: true }),
  Rpc.make("lies", { success: Schema.Int, stream: true }),
  Rpc.make("login", { payload: { token: Schema.String }, success: Schema.Boolean }),
  Rpc.make("secret", { success: Schema.String }).middleware(Doorman)
) {}

/** What the handlers saw, for the tests to wait on. */
export class Observed {
  notified = 0
  produced = 0
  interrupted = Deferred.makeUnsafe<void>()
  hanging = Deferred.makeUnsafe<void>()
  headers: Readonly<Record<string, string>> = {}
  onLogin: (client: number, token: string) => boolean = () => false
}

const ticks = (to: number, size: number, observed: Observed) =>
  Stream.range(1, to).pipe(
    Stream.rechunk(1),
    Stream.map((seq) => {
      observed.produced += 1
      return { seq, type: "tick" as const, data: { pad: "x".repeat(size) } }
    })
  )

export const handlers = (observed: Observed) =>
  Api.toLayer({
    ping: ({ n }) =>
      Effect.sync(() => {
        observed.notified += 1
        return { n }
      }),
    echo: ({ text }) => Effect.succeed(text),
    nothing: () => Effect.void,
    sum: (values) => Effect.succeed(values.reduce((a, b) => a + b, 0)),
    fail: () => Effect.fail(new Refused({ message: "nope", limit: 7 })),
    bare: () => Effect.fail(new Bare()),
    die: () => Effect.die(new Error("boom with a secret")),
    lie: () => Effect.succeed("not a number" as unknown as number),
    cycle: () =>
      Effect.sync(() => {
        const value: Record<string, unknown> = {}
        value["self"] = value
        return value
      }),
    interrupt: () => Effect.interrupt,
    hang: () =>
      Effect.onInterrupt(Effect.andThen(Deferred.succeed(observed.hanging, undefined), Effect.never), () =>
        Deferred.succeed(observed.interrupted, undefined)
      ),
    count: ({ fail, size, to }) =>
      Stream.concat(
        ticks(to, size ?? 0, observed),
        fail === true ? Stream.fail(new Broken({ at: to })) : Stream.make({ total: to })
      ),
    endless: () => ticks(Number.MAX_SAFE_INTEGER, 65_536, observed),
    plain: ({ values }) => Stream.fromIterable(values),
    lies: () => Stream.make(1, "two" as unknown as number),
    login: ({ token }, { client }) => Effect.sync(() => observed.onLogin(client.id, token)),
    secret: () => Effect.succeed("told")
  })

export const doorman =
  (observed: Observed): Doorman["Service"] =>
  (effect, { headers }) => {
    observed.headers = headers
    return headers["authorization"] === "Bearer good" ? effect : Effect.fail(new NotYou({ message: "Who are you?" }))
  }

const rule = {
  notification: "chat.event",
  isResult: (element: typeof Tick.Type | typeof Total.Type) => "total" in element
}
const never = { notification: "plain.event", isResult: () => false }
export const streams: JsonRpcProtocol.StreamRules<RpcGroup.Rpcs<typeof Api>> = {
  count: rule,
  endless: rule,
  plain: {
    notification: "plain.event",
    isResult: (element) => {
      if (element < 0) throw new Error("a rule's mistake")
      return false
    }
  },
  lies: never
}
