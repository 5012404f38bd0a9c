/**
 * AWS access key ids: four letters that say what the id is for, then sixteen base-32 characters.
 * Source: AWS IAM user guide, "IAM identifiers", unique ids.
 */
import { alnum, BASE32 } from "../CharClass.ts"
import type { Rule } from "../Rule.ts"
import { prefixed } from "./prefixed.ts"

export const awsAccessKeyId: Rule = prefixed({
  id: "aws-access-key-id",
  prefixes: ["AKIA", "ASIA"],
  alphabet: BASE32,
  edge: alnum,
  min: 16,
  max: 16,
  // the id that AWS's own documentation uses throughout
  counterExamples: [`AKIA${"IOSFODNN7"}EXAMPLE`, `ASIA${"IOSFODNN7"}EXAMPLE`]
})
