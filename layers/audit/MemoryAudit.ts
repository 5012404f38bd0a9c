/** `Audit` that is gone with its scope, for tests and for programs that keep no record. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hash } from "node:crypto"
import { Audit } from "../../src/audit/Audit.ts"
import type { AuditEntry } from "../../src/audit/AuditEvent.ts"
import { objection } from "../../src/audit/AuditKinds.ts"
import { canonical, finish, follow, genesis, linkInput, start } from "../../src/audit/Chain.ts"

const sha256 = (text: string): string => hash("sha256", text, "hex")

export const layerMemory: Layer.Layer<Audit> = Layer.sync(Audit, () => {
  const entries: Array<AuditEntry> = []
  const head = () => ({ seq: entries.length, hash: entries.at(-1)?.hash ?? genesis })
  return Audit.of({
    append: (event) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        const why = objection(event.kind, event.data)
        if (why !== undefined) throw new TypeError(`exoclaw: ${why}`)
        const last = head()
        const seq = last.seq + 1
        entries.push({ seq, at, event, hash: sha256(linkInput(last.hash, seq, at, canonical(event))) })
      }),
    query: ({ after = 0, kind, limit, tenant }) =>
      Effect.sync(() =>
        entries
          .filter(({ seq, event }) => seq > after && event.kind === (kind ?? event.kind))
          .filter(({ event }) => event.tenant === (tenant ?? event.tenant))
          .slice(0, limit)
      ),
    verify: Effect.sync(() => {
      const links = entries.map(({ seq, at, event, hash }) => ({ seq, at, hash, text: canonical(event) }))
      const walk = finish(links.reduce(follow(sha256), start), head())
      const signed = { checkpoints: 0, last: undefined }
      return { entries: entries.length, first: 1, head: walk.head.hash, signed, broken: walk.broken }
    })
  })
})
