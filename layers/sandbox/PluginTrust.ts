/** What stands between a file and its grants: its publisher's signature, its past, and an operator's consent. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Audit, type AuditUnavailable } from "../../src/audit/Audit.ts"
import type { PluginName } from "../../src/domain/Ids.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import { type Candidate, difference, type Objection, objection, type Provenance } from "../../src/sandbox/Trust.ts"
import type { Store, StoreError } from "../store/Store.ts"
import type { PluginFile } from "./PluginFile.ts"
import * as PluginRecord from "./PluginRecord.ts"
import { signatureOf } from "./Signature.ts"

export interface TrustPolicy {
  /** Base64 of an Ed25519 key, by the publisher's name. */
  readonly publishers: Readonly<Record<string, string>>
  /** Only files that one of them signed are loaded. */
  readonly requireSignature: boolean
}
export const trusting: TrustPolicy = { publishers: {}, requireSignature: false }

/** Everything an operator may want to know before they agree. */
export interface Review {
  readonly candidate: Candidate
  /** What the plugin was last given, and which file that was. */
  readonly last: PluginRecord.Given | undefined
  readonly consented: boolean
  /** What is different from then; undefined where it is the same file, or the first. */
  readonly difference: ReadonlyArray<string> | undefined
  /** Why it is not loaded; undefined where it is. */
  readonly objection: Objection | undefined
}

/** What there is to remember of a candidate that is loaded. */
export const provenance = ({ grants, imports, sha256, signature }: Candidate): Provenance => ({
  sha256,
  grants,
  imports,
  publisher: signature.kind === "publisher" ? signature.name : undefined
})

/** Looks at a file beside what is known of it; changes nothing. */
export const review = Effect.fnUntraced(function* (
  store: Store["Service"],
  file: PluginFile,
  policy: TrustPolicy
): Effect.fn.Return<Review, StoreError> {
  const { entry, grants, sha256 } = file
  const candidate: Candidate = {
    path: entry.path,
    sha256,
    grants,
    imports: file.imports.toSorted(),
    signature: entry.bundled === true ? { kind: "none" } : yield* signatureOf(sha256, entry.path, policy.publishers),
    pinned: entry.sha256 !== undefined,
    bundled: entry.bundled === true
  }
  const last = yield* PluginRecord.lastGrants(store, entry.name)
  const consented = yield* PluginRecord.isConsented(store, entry.name, sha256)
  return {
    candidate,
    last,
    consented,
    difference: last === undefined || last.sha256 === sha256 ? undefined : difference(last, candidate),
    objection: objection(candidate, last, consented, policy.requireSignature)
  }
})

/** An operator agrees to the file of that hash: it may have what the configuration grants, at the next start. */
export const consent = Effect.fn("PluginTrust.consent")(function* (
  store: Store["Service"],
  plugin: PluginName,
  sha256: string
): Effect.fn.Return<void, StoreError | AuditUnavailable, Principal> {
  const { id, tenant } = yield* currentPrincipal
  const audit = yield* Effect.serviceOption(Audit)
  if (Option.isSome(audit)) {
    yield* audit.value.append({
      kind: "plugin.consented",
      tenant,
      principal: id,
      outcome: "ok",
      data: { plugin, sha256 }
    })
  }
  yield* PluginRecord.recordConsent(store, plugin, sha256, { id, tenant })
})
