/** Monitoring and operations. Sources: the issuers' own documentation of their key formats. */
import { alnum, BASE64URL, chars, HEX } from "../CharClass.ts"
import * as Writing from "../engine/Writing.ts"
import { type Format, format } from "./Format.ts"

const edge = chars(BASE64URL)
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

/** Grafana's keys of before 9.1 are a JSON object in base64: a key, a name and the number of an organization. */
const isGrafana = (random: string, prefix: string): boolean => {
  const text = Writing.read(Writing.base64, prefix + random)
  return text.startsWith('{"k":"') && text.includes('"n":')
}

const formats: ReadonlyArray<Format> = [
  {
    id: "grafana-token",
    source: "Grafana: service account tokens",
    pattern: "glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"
  },
  {
    id: "grafana-cloud-token",
    source: "Grafana Cloud: access policies",
    pattern: "glc_[A-Za-z0-9+/=]{32,400}",
    usual: 60,
    full: 90,
    right: alnum
  },
  {
    id: "grafana-key",
    source: "Grafana: API keys",
    pattern: "eyJrIjoi[A-Za-z0-9+/=]{40,400}",
    right: alnum,
    genuine: isGrafana,
    make: (_, seed) =>
      Writing.write(
        Writing.base64,
        `{"k":"${exampleKey(seed)}","n":"ci","id":1}`,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        true
      )
  },
  {
    id: "sentry-org-token",
    source: "Sentry: organization tokens",
    pattern: "sntrys_eyJ[\\w+/=-]{80,400}",
    right: alnum,
    usual: 60
  },
  { id: "sentry-user-token", source: "Sentry: user tokens", pattern: "sntryu_[0-9a-f]{64}" },
  {
    id: "new-relic-key",
    source: "New Relic: API keys",
    pattern: "(?:NRAK|NRII|NRIQ|NRSP|NRRA)-[\\w-]{25,42}",
    usual: 4,
    left: alnum
  },
  { id: "new-relic-license-key", source: "New Relic: license keys", behind: [36, HEX], pattern: "NRAL" },
  {
    id: "dynatrace-token",
    source: "Dynatrace: tokens",
    pattern: "(?:dt0c01|dt0s01|dt0s16|dt0a01)\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}"
  },
  { id: "honeycomb-key", source: "Honeycomb: ingest keys", pattern: "(?:hcaik|hcxik|hcxlk|hcamk)_[a-z0-9]{58,64}" },
  { id: "launchdarkly-key", source: "LaunchDarkly: keys", pattern: `(?:sdk|api|mob)-${UUID}`, left: edge },
  { id: "posthog-key", source: "PostHog: personal API keys", pattern: "phx_\\w{43,48}" },
  { id: "blynk-client-secret", source: "Blynk: OAuth clients", pattern: "oa2-client-id_[\\w-]{32}:[\\w-]{40}" },
  { id: "nightfall-key", source: "Nightfall: API keys", pattern: "NF-[A-Za-z0-9]{32}", left: edge },
  { id: "datadog-key", source: "Datadog: application keys", pattern: "ddapp_[A-Za-z0-9]{34}" }
]

/** Letters and digits that are the same for the same seed. */
function exampleKey(seed: number): string {
  return `oXq${seed}RtVf0Zb8LkWp3HsYc6GmDn1JaEu5QiTx9Bw7K`
}

export const watch = formats.map(format)
