/** The chat methods: into the inbox, then follow the turn. A closed socket ends the following, never the turn. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Agents } from "../../src/agent/Agent.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { Casil, Circumstances } from "../../src/casil/Casil.ts"
import { secretsIn } from "../../src/casil/PublicNames.ts"
import { byteLength } from "../../src/casil/Utf8.ts"
import type { AgentId, IdempotencyKey, TurnId } from "../../src/domain/Ids.ts"
import { inSpan } from "../../src/domain/InSpan.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { type ChatElement, type ChatEvent, contentLimit } from "../../src/gateway/Chat.ts"
import {
  ContentBlocked,
  Forbidden,
  type GatewayError,
  InvalidParams,
  NoAgent,
  TooLarge
} from "../../src/gateway/GatewayError.ts"
import { currentPrincipal, type Principal, type SealedPrincipal } from "../../src/identity/Principal.ts"
import type { Address } from "../../src/router/Binding.ts"
import { Router } from "../../src/router/Router.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import * as errors from "./errors.ts"

/** What `chat.send` takes. */
export interface Send {
  readonly content: string
  readonly channel?: string
  readonly account?: string
  readonly peer?: string
  readonly guild?: string
  readonly team?: string
  readonly agent?: AgentId
  readonly idempotencyKey?: IdempotencyKey
  readonly maxTokens?: number
}

export interface Resume {
  readonly turnId?: TurnId
  readonly idempotencyKey?: IdempotencyKey
  readonly after?: number
  readonly retry?: boolean
}

/** The place a message names; what it leaves out is the principal's own. */
export const addressOf = (principal: SealedPrincipal, message: Omit<Send, "content">): Address => ({
  channel: message.channel ?? "websocket",
  account: message.account ?? principal.id,
  peer: message.peer ?? "main",
  guild: message.guild,
  team: message.team
})

export const sessionOf = (principal: SealedPrincipal, agent: AgentId, address: Address): SessionKey.SessionKey => ({
  tenant: principal.tenant,
  agent,
  channel: address.channel,
  account: address.account,
  conversation: { peer: address.peer, guild: address.guild, team: address.team }
})

// the body is one of the event types by construction
const asChatEvent = ({ body, seq, turnId }: TurnEvent): ChatEvent => ({ turnId, seq, ...body }) as ChatEvent

const foreignAccount = new Forbidden({
  message: 'Acting for another account needs the scope "session:any".',
  scope: "session:any"
})

const tooLarge = new TooLarge({
  message: `The content has more than ${contentLimit} bytes of UTF-8. Send it in parts.`,
  limit: contentLimit
})

export const make = Effect.gen(function* () {
  const agents = yield* Agents
  const approvals = yield* Approvals
  const audit = yield* Audit
  const casil = yield* Casil
  const inbox = yield* Inbox
  const router = yield* Router

  /** Events after `after`, then the result, or the error that the turn ended with. */
  const follow = (turn: TurnId, after: number): Stream.Stream<ChatElement, GatewayError, Principal> =>
    Stream.concat(
      Stream.map(inbox.follow(turn, after), asChatEvent),
      Stream.unwrap(
        Effect.map(inbox.result(turn), (result): Stream.Stream<ChatElement, GatewayError> => {
          const error = errors.ofResult(result)
          if (error !== undefined) return Stream.fail(error)
          const { receipt, sessionKey, stopReason, text, turnId } = result
          return Stream.make({ turnId, sessionKey, text, stopReason, receipt })
        })
      )
    ).pipe(Stream.catchTag("SessionError", (error) => Stream.fromEffect(errors.ofSession(error))))

  /** Refuses content before there is a turn of it; the audit log has who, why and by which rules. */
  const refuse = Effect.fnUntraced(function* (refusal: ContentBlocked) {
    const { id, tenant } = yield* currentPrincipal
    const { reason, rules } = refusal
    const data = { surface: "prompt", rules: rules.join(" ") }
    yield* audit
      .append({ kind: "casil.blocked", tenant, principal: id, outcome: reason, data })
      .pipe(Effect.catch((error) => Effect.logError(error.message, error.cause)))
    return yield* refusal
  })

  const inspect = (text: string) =>
    Effect.catchTag(casil.text("prompt", text), "Blocked", (blocked) => refuse(errors.ofBlocked(blocked)))

  const inspectNames = Effect.fnUntraced(function* ({ account, channel, guild, idempotencyKey, peer, team }: Send) {
    const rules = yield* secretsIn(casil, "prompt", [account, channel, guild, idempotencyKey, peer, team])
    if (rules.length === 0) return
    const message = "A name of the conversation, or the idempotency key, looks like a secret."
    return yield* refuse(new ContentBlocked({ message, reason: "CASIL_POLICY_BLOCKED_SECRET", rules }))
  })

  const accept = Effect.fnUntraced(function* (message: Send) {
    const principal = yield* currentPrincipal
    if (byteLength(message.content) > contentLimit) return yield* tooLarge
    yield* inspectNames(message)
    const address = addressOf(principal, message)
    if (address.account !== principal.id && !principal.has("session:any")) return yield* foreignAccount
    const agent = message.agent ?? router.resolve(address)
    if (agents.get(agent) === undefined) {
      const known = agents.all.map(({ id }) => id).join(", ")
      return yield* new NoAgent({ message: `There is no agent of that name. Configured: ${known}.` })
    }
    const content = yield* Effect.provideService(inspect(message.content), Circumstances, {
      tenant: principal.tenant,
      agent,
      client: principal.id,
      stream: JSON.stringify(sessionOf(principal, agent, address))
    })
    return yield* inbox
      .submit({
        session: sessionOf(principal, agent, address),
        content,
        idempotencyKey: message.idempotencyKey,
        maxTokens: message.maxTokens
      })
      .pipe(Effect.catchTag("SessionError", errors.ofSession))
  }, inSpan("Gateway.chat.send"))

  const find = Effect.fnUntraced(function* ({ idempotencyKey, turnId }: Resume) {
    if (turnId !== undefined && idempotencyKey === undefined) return turnId
    if (idempotencyKey !== undefined && turnId === undefined) {
      return yield* Effect.catchTag(inbox.findByKey(idempotencyKey), "SessionError", errors.ofSession)
    }
    return yield* new InvalidParams({ message: "chat.resume takes either turnId or idempotencyKey." })
  })

  return {
    send: (message: Send): Stream.Stream<ChatElement, GatewayError, Principal> =>
      Stream.unwrap(Effect.map(accept(message), ({ turnId }) => follow(turnId, 0))),
    resume: (request: Resume): Stream.Stream<ChatElement, GatewayError, Principal> =>
      Stream.unwrap(
        Effect.gen(function* () {
          const turn = yield* find(request)
          if (request.retry === true) {
            yield* Effect.catchTag(inbox.retry(turn), "SessionError", errors.ofSession)
          }
          return follow(turn, request.after ?? 0)
        })
      ),
    cancel: ({ turnId }: { readonly turnId: TurnId }) =>
      inbox.cancel(turnId).pipe(
        // nobody needs to answer what it asked; where that cannot be noted, its questions run out by themselves
        Effect.tap((cancelled) => (cancelled ? Effect.ignore(approvals.withdraw(turnId)) : Effect.void)),
        Effect.map((cancelled) => ({ cancelled })),
        Effect.catchTag("SessionError", errors.ofSession)
      )
  }
})
