/** What the session tests share: principals, instances that live or die, and the store on a file or in memory. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { Store } from "../../layers/store/Store.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import {
  AgentId,
  defaultTenant,
  IdempotencyKey,
  InstanceId,
  PrincipalId,
  type TenantId,
  TurnId
} from "../../src/domain/Ids.ts"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import type { SessionKey } from "../../src/domain/SessionKey.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { sealClaims } from "../../src/identity/SealedPrincipal.ts"
import type { Scope } from "../../src/identity/Scope.ts"
import type { Receipt } from "../../src/session/Receipt.ts"
import type { Acceptance, Asker, SessionStore } from "../../src/session/SessionStore.ts"

export const inspected = <A>(value: A) => sealInspected(value, [])

export const receipt: Receipt = {
  blocks: [],
  calls: [],
  tools: [],
  retries: [],
  outputTokens: 0,
  outputMicros: 0,
  totalTokens: 0,
  totalMicros: 0,
  savedMicros: 0,
  priceVersion: null
}

export const keyOf = (peer: string, part: Partial<SessionKey> = {}): SessionKey => ({
  tenant: defaultTenant,
  agent: AgentId.make("main"),
  channel: "websocket",
  account: "alice",
  conversation: { peer },
  ...part
})

export const turnId = (n: number) => TurnId.make(`turn_${String(n).padStart(20, "0")}`)
export const instanceOf = (n: number): InstanceFacts => ({
  id: InstanceId.make(`inst_${String(n).padStart(20, "0")}`),
  pid: n,
  startTicks: `${n}`
})
export const idempotencyKey = (key: string) => IdempotencyKey.make(key)

export const askerOf = (principal: string, part: Partial<Asker> = {}): Asker => ({
  tenant: defaultTenant,
  principal: PrincipalId.make(principal),
  any: false,
  ...part
})

export const noon = 1_700_000_000_000

export const acceptance = (n: number, part: Partial<Acceptance> = {}): Acceptance => ({
  id: turnId(n),
  key: keyOf("main"),
  asker: askerOf("alice"),
  scopes: ["chat:send"],
  content: `message ${n}`,
  idempotencyKey: undefined,
  maxTokens: undefined,
  waitingLimit: 100,
  at: noon,
  ...part
})

export const person = (id: string, scopes: ReadonlyArray<Scope> = ["chat:send"], tenant: TenantId = defaultTenant) =>
  sealClaims({ id: PrincipalId.make(id), tenant, scopes })

export const as =
  (id: string, scopes?: ReadonlyArray<Scope>, tenant?: TenantId) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Principal>> =>
    Effect.provideService(effect, Principal, person(id, scopes, tenant))

/** Lets nobody in; makes principals for recovered turns. */
export const authenticator: Layer.Layer<Authenticator> = Authenticator.layerWith(
  Effect.succeed({
    verify: () => Effect.fail(new Unauthenticated({ message: "Nobody comes in here." })),
    valid: () => Effect.succeed(false)
  })
)

/** A folder that is gone with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-session-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The session store at `path`; `lives` says which instances do. */
export const storeAt = (
  path: string,
  lives: (instance: InstanceFacts) => boolean = () => true
): Layer.Layer<SessionStore | Store> =>
  SqliteSessionStore.layerWith(lives).pipe(Layer.provideMerge(SqliteStore.layer(path)), Layer.orDie)
