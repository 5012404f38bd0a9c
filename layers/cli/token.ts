/** `exoclaw token create|rotate|list|revoke`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { clientScopes, type Scope } from "../../src/identity/Scope.ts"
import { readBudgets, showBudgets } from "./budgets.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { operator, type Target } from "./reach.ts"
import { json, table, time } from "./text.ts"
import { readSpan, readTime } from "./times.ts"

interface Create extends Target {
  readonly name: string
  readonly scope: ReadonlyArray<Scope>
  readonly tenant: string | undefined
  readonly expires: string | undefined
  readonly budget: ReadonlyArray<string>
  readonly json: boolean
}

/** What a token has only where it was asked for: what is others'. */
const unasked: ReadonlySet<Scope> = new Set<Scope>(["session:any", "budget:any", "bus:moderate"])

export const create = Effect.fnUntraced(function* (input: Create) {
  const io = yield* Io
  const now = yield* Clock.currentTimeMillis
  const expiresAt = yield* readTime("--expires", input.expires, now, "from now")
  if (expiresAt !== undefined && expiresAt <= now) {
    return yield* failure("--expires is in the past.", exitCode.usage)
  }
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(input.name)) {
    return yield* failure("A token's name has 1 to 64 of A-Z a-z 0-9 _ . -.", exitCode.usage)
  }
  const budget = yield* readBudgets(input.budget)
  const { use } = yield* operator(input)
  // what is others' is given by name only
  const scopes = input.scope.length === 0 ? clientScopes.filter((scope) => !unasked.has(scope)) : input.scope
  const made = yield* use(({ call }) =>
    call("token.create", {
      name: input.name,
      scopes: [...new Set(scopes)],
      ...(input.tenant === undefined ? {} : { tenant: input.tenant }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(input.budget.length === 0 ? {} : { budget })
    })
  )
  if (input.json) return io.out(json(made))
  io.out(`${made.token}\n`)
  const until = made.info.expiresAt === null ? "" : ` until ${time(made.info.expiresAt)}`
  const spends = input.budget.length === 0 ? "" : ` and spend ${showBudgets(made.info.budget)}`
  io.err(`Token "${made.info.name}" may ${made.info.scopes.join(", ")}${until}${spends}. It is not shown again.\n`)
  io.err(
    "From now on every client needs a token, on this machine too: in EXOCLAW_TOKEN, or in a file with --token-file.\n"
  )
}, Effect.scoped)

interface Rotate extends Target {
  readonly name: string
  readonly overlap: string
  readonly json: boolean
}

export const rotate = Effect.fnUntraced(function* (input: Rotate) {
  const io = yield* Io
  const overlapMs = yield* readSpan("--overlap", input.overlap)
  const { use } = yield* operator(input)
  const made = yield* use(({ call }) => call("token.rotate", { name: input.name, overlapMs }))
  if (input.json) return io.out(json(made))
  io.out(`${made.token}\n`)
  const old =
    overlapMs === 0 ? "The old one is not valid any more." : `The old one is valid for another ${input.overlap}.`
  io.err(`Token "${made.info.name}" has a successor, which is not shown again. ${old}\n`)
}, Effect.scoped)

export const list = Effect.fnUntraced(function* (input: Target & { readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { tokens } = yield* use(({ call }) => call("token.list"))
  if (input.json) return io.out(json(tokens))
  if (tokens.length === 0) return io.err("There are no tokens. Make one with `exoclaw token create NAME`.\n")
  const now = yield* Clock.currentTimeMillis
  const state = (token: (typeof tokens)[number]): string => {
    if (token.revokedAt !== null) return "revoked"
    return token.expiresAt !== null && token.expiresAt <= now ? "expired" : "valid"
  }
  io.out(
    table(
      ["NAME", "TENANT", "STATE", "CREATED", "EXPIRES", "LAST USED", "BUDGET", "SCOPES"],
      tokens.map((token) => [
        token.name,
        token.tenant,
        state(token),
        time(token.createdAt),
        time(token.expiresAt),
        time(token.lastUsedAt),
        showBudgets(token.budget),
        token.scopes.join(" ")
      ])
    )
  )
}, Effect.scoped)

export const revoke = Effect.fnUntraced(function* (input: Target & { readonly name: string }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { revoked } = yield* use(({ call }) => call("token.revoke", { name: input.name }))
  if (!revoked) {
    return yield* failure("There is no valid token of that name. `exoclaw token list` shows what there is.")
  }
  io.err(`Token "${input.name}" is revoked.\n`)
}, Effect.scoped)
