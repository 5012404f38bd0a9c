/** Whether a plugin's file may have what the configuration grants it. Pure. */

/** What a file was given, and what it asked for, when it was last loaded. */
export interface Provenance {
  /** Lower-case hex. */
  readonly sha256: string
  readonly grants: ReadonlyArray<string>
  /** `namespace/name`, sorted; undefined where that was not recorded yet. */
  readonly imports: ReadonlyArray<string> | undefined
  /** Publisher whose signature the file bore. */
  readonly publisher: string | undefined
}

/**
 * What `NAME.wasm.sig` says about `NAME.wasm`: nothing; a publisher of the configuration made it; somebody else did;
 * it does not fit the file.
 */
export type Signature =
  | { readonly kind: "none" }
  | { readonly kind: "publisher"; readonly name: string }
  | { readonly kind: "stranger"; readonly key: string }
  | { readonly kind: "invalid"; readonly why: string }

export interface Candidate {
  readonly path: string
  readonly sha256: string
  readonly grants: ReadonlyArray<string>
  readonly imports: ReadonlyArray<string>
  readonly signature: Signature
  /** The configuration names its hash. */
  readonly pinned: boolean
  /** Part of the program. */
  readonly bundled: boolean
}

const changes = (what: string, before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<string> => {
  const added = after.filter((one) => !before.includes(one))
  const gone = before.filter((one) => !after.includes(one))
  return [
    ...(added.length === 0 ? [] : [`new ${what}: ${added.join(", ")}`]),
    ...(gone.length === 0 ? [] : [`no more ${what}: ${gone.join(", ")}`])
  ]
}

const signed = (signature: Signature): string => {
  switch (signature.kind) {
    case "none":
      return "by nobody"
    case "publisher":
      return `by ${signature.name}`
    default:
      return "by a stranger"
  }
}

/** What is different in `after`, one sentence part each; empty where only code changed. */
export const difference = (before: Provenance, after: Candidate): ReadonlyArray<string> => {
  const was = before.publisher === undefined ? "by nobody" : `by ${before.publisher}`
  const is = signed(after.signature)
  return [
    ...changes("imports", before.imports ?? after.imports, after.imports),
    ...changes("grants", before.grants, after.grants),
    ...(was === is ? [] : [`signed ${is}, before ${was}`])
  ]
}

const noPublisher = (signature: Signature): string =>
  signature.kind === "stranger"
    ? `is signed with the key ${signature.key}, which [sandbox.publishers] does not name`
    : "is not signed"

/** Why a candidate may not be loaded: for good, or until an operator agrees to what is different. */
export interface Objection {
  readonly kind: "refused" | "consent"
  /** For the operator. */
  readonly message: string
}

const refused = (message: string): Objection => ({ kind: "refused", message })

/**
 * Why the candidate may not be loaded; undefined where it may. `last` is what the plugin was last given, `consented`
 * says that an operator agreed to this very file.
 */
export const objection = (
  candidate: Candidate,
  last: Provenance | undefined,
  consented: boolean,
  requireSignature: boolean
): Objection | undefined => {
  const { bundled, grants, path, pinned, sha256, signature } = candidate
  if (bundled) return undefined
  if (signature.kind === "invalid") {
    return refused(
      `the signature ${path}.sig is not the file's: ${signature.why}. Get both from the publisher again; if the file is your own, sign it again.`
    )
  }
  if (requireSignature && signature.kind !== "publisher") {
    return refused(
      `its file ${path} ${noPublisher(signature)}, and require_signature is set. Only files of a known publisher are loaded.`
    )
  }
  if (pinned || consented || grants.length === 0 || last === undefined || last.sha256 === sha256) return undefined
  const different = difference(last, candidate)
  const message = [
    `its file ${path} has changed since it was granted ${last.grants.join(", ") || "nothing"}`,
    `(${different.length === 0 ? "same imports, same grants, other code" : different.join("; ")}).`,
    `If the change is wanted, set sha256 = "${sha256}" in its [[plugins]] entry.`
  ].join(" ")
  return { kind: "consent", message }
}
