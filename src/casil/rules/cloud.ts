/** Clouds, hosting and infrastructure. Sources: the issuers' own documentation of their key formats. */
import { alnum, BASE62, BASE64URL, chars, nothing } from "../CharClass.ts"
import { isPlaceholder, looksRandom } from "../Randomness.ts"
import { whole } from "../Rule.ts"
import { type Format, format } from "./Format.ts"

const pathEdge = chars(`${BASE64URL}:/.`)
const base64Edge = chars(`${BASE62}+/=_-`)

/** Vendors print examples of one repeated letter; anything else of the right shape counts. */
const notPlaceholder = (random: string): boolean => !isPlaceholder(random)

/** An id has few characters, so it needs few different ones. */
const varied = (random: string): boolean => new Set(random).size >= 5 && !isPlaceholder(random)

const formats: ReadonlyArray<Format> = [
  {
    id: "aws-access-key-id",
    source: "AWS IAM: unique identifiers",
    pattern: "(?:AKIA|ASIA|ABIA|ACCA|A3T0)[A-Z0-9]{16}",
    genuine: varied,
    // the id that AWS's own documentation uses throughout
    counterExamples: [`AKIA${"IOSFODNN7"}EXAMPLE`, `ASIA${"IOSFODNN7"}EXAMPLE`]
  },
  { id: "aws-appsync-key", source: "AWS AppSync: API keys", pattern: "da2-[a-z0-9]{26}", left: alnum },
  {
    id: "aws-bedrock-key",
    source: "Amazon Bedrock: API keys",
    pattern: "(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{109,269}",
    usual: 20
  },
  {
    id: "amazon-mws-token",
    source: "Amazon MWS: auth tokens",
    pattern: "amzn.mws.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
  },
  { id: "google-api-key", source: "Google Cloud: API keys", pattern: "AIza[\\w-]{35}" },
  { id: "google-oauth-secret", source: "Google Cloud: OAuth 2.0 clients", pattern: "GOCSPX-[\\w-]{28}" },
  {
    id: "google-oauth-token",
    source: "Google Identity: token types",
    pattern: "ya29\\.[\\w.-]{20,2100}",
    right: alnum,
    usual: 140,
    full: 160
  },
  {
    id: "google-refresh-token",
    source: "Google Identity: refresh tokens",
    pattern: "1//0[\\w-]{40,250}",
    left: pathEdge,
    usual: 59,
    full: 103
  },
  { id: "google-hmac-id", source: "Google Cloud Storage: HMAC keys", pattern: "GOOG1E[A-Z0-9]{55}" },
  {
    id: "azure-client-secret",
    source: "Microsoft Entra: client secrets",
    behind: [4, `${BASE62}_~.-`],
    pattern: "Q~[\\w~.-]{31,34}"
  },
  {
    id: "azure-account-key",
    source: "Azure Storage: connection strings",
    pattern: "AccountKey=[A-Za-z0-9+/]{86}==",
    lead: whole
  },
  {
    id: "azure-shared-access-key",
    source: "Azure Service Bus, Event Hubs, IoT Hub and App Configuration: connection strings",
    pattern: "(?:SharedAccessKey|;Secret)=[A-Za-z0-9+/]{42,43}=",
    lead: whole,
    left: nothing,
    usual: 1
  },
  {
    id: "azure-sas-signature",
    source: "Azure Storage: shared access signatures",
    pattern: "(?:&|;|\\?)sig=[A-Za-z0-9%+/]{43,80}",
    lead: whole,
    left: nothing,
    usual: 4
  },
  {
    id: "azure-devops-token",
    source: "Azure DevOps: personal access tokens",
    behind: [76, BASE62],
    pattern: "AZDO[A-Za-z0-9]{4}"
  },
  { id: "databricks-token", source: "Databricks: access tokens", pattern: "(?:dapi|dkea|dose)[0-9a-f]{32}" },
  { id: "digitalocean-token", source: "DigitalOcean API", pattern: "(?:dop|doo|dor)_v1_[0-9a-f]{64}" },
  {
    id: "cloudflare-token",
    source: "Cloudflare: API token formats",
    pattern: "(?:cfat|cfut|cfk)_[A-Za-z0-9]{40}[0-9a-f]{8}",
    left: alnum
  },
  {
    id: "cloudflare-origin-key",
    source: "Cloudflare: Origin CA keys",
    pattern: "v1\\.0-[0-9a-f]{24,70}-[0-9a-f]{140,180}",
    left: alnum
  },
  { id: "heroku-key", source: "Heroku Platform API", pattern: "HRKU-[\\w-]{36,62}", full: 65, usual: 24 },
  {
    id: "fly-token",
    source: "Fly.io: access tokens",
    pattern: "(?:fo1_|fm1a_|fm1r_|fm2_)[\\w+/=-]{43,2000}",
    right: alnum,
    usual: 20
  },
  { id: "netlify-token", source: "Netlify: access tokens", pattern: "(?:nfp|nfc|nfo|nfb|nfu)_[A-Za-z0-9]{36}" },
  {
    id: "vercel-token",
    source: "Vercel: access tokens",
    pattern: "(?:vcp|vci|vca|vcr|vck)_[A-Za-z0-9]{24,60}",
    usual: 20
  },
  { id: "render-key", source: "Render: API keys", pattern: "rnd_[A-Za-z0-9]{32}" },
  { id: "supabase-token", source: "Supabase: access tokens", pattern: "sbp_[0-9a-f]{40}" },
  { id: "supabase-secret-key", source: "Supabase: secret keys", pattern: "sb_secret_[\\w-]{31,40}" },
  {
    id: "planetscale-token",
    source: "PlanetScale: service tokens and passwords",
    pattern: "(?:pscale_tkn|pscale_pw|pscale_oauth)_[\\w.=-]{32,64}",
    right: alnum,
    usual: 11
  },
  { id: "neon-key", source: "Neon: API keys", pattern: "napi_[a-z0-9]{64}" },
  { id: "mongodb-atlas-secret", source: "MongoDB Atlas: service accounts", pattern: "mdb_sa_sk_[\\w-]{40}" },
  {
    id: "alibaba-key-id",
    source: "Alibaba Cloud: AccessKey pairs",
    pattern: "LTAI[A-Za-z0-9]{12,20}",
    full: 24,
    usual: 8
  },
  { id: "tencent-key-id", source: "Tencent Cloud: API keys", pattern: "AKID[A-Za-z0-9]{32}" },
  { id: "yandex-key", source: "Yandex Cloud: API keys", pattern: "AQVN[\\w-]{35,38}", usual: 3 },
  { id: "yandex-static-key", source: "Yandex Cloud: static keys", pattern: "YC[A-Z][\\w-]{37}", left: base64Edge },
  { id: "scaleway-key-id", source: "Scaleway: API keys", pattern: "SCW[A-Z0-9]{17}" },
  {
    id: "akamai-credential",
    source: "Akamai: EdgeGrid credentials",
    pattern: "akab-[a-z0-9]{12,20}-[a-z0-9]{12,20}",
    left: alnum,
    usual: 4,
    genuine: notPlaceholder
  },
  {
    id: "vault-token",
    source: "HashiCorp Vault: tokens",
    pattern: "(?:hvs|hvb|hvr)\\.[\\w-]{90,300}",
    left: alnum,
    usual: 5
  },
  {
    id: "terraform-token",
    source: "HCP Terraform: API tokens",
    behind: [14, BASE62],
    pattern: ".atlasv1.[\\w=-]{60,70}",
    usual: 7
  },
  {
    id: "doppler-token",
    source: "Doppler: token formats",
    pattern: "(?:dp.pt|dp.ct|dp.sa|dp.scim|dp.audit|dp.said)\\.[A-Za-z0-9]{40,44}",
    left: alnum,
    usual: 3
  },
  {
    id: "doppler-service-token",
    source: "Doppler: token formats",
    pattern: "dp.st.[\\w.-]{40,84}",
    left: alnum,
    right: alnum,
    usual: 7
  },
  {
    id: "tailscale-key",
    source: "Tailscale: keys",
    pattern: "tskey-[a-z]{2,12}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}",
    left: alnum,
    usual: 4,
    genuine: notPlaceholder
  },
  {
    id: "age-secret-key",
    source: "age: identities",
    pattern: `AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}`
  },
  {
    id: "onepassword-token",
    source: "1Password: service account tokens",
    pattern: "ops_eyJ[\\w-]{250,2000}",
    usual: 100,
    left: alnum
  },
  {
    id: "onepassword-secret-key",
    source: "1Password: Secret Keys",
    pattern: "A3-[A-Z0-9]{6}-[A-Z0-9]{6,11}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    left: alnum
  }
]

/** Keys that Microsoft signs: a mark in a fixed place. Source: Microsoft security utilities, identifiable keys. */
const signed: ReadonlyArray<Format> = [
  ["azure-functions-key", 44, "AzFu", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-search-key", 42, "AzSe", "[A-D][A-Za-z0-9]{5}"],
  ["azure-cache-key", 33, "AzCa", "[A-P][A-Za-z0-9+/]{5}="],
  ["azure-storage-key", 76, "+ASt", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-batch-key", 76, "+ABa", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-ml-key", 76, "+AMC", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-cosmos-key", 76, "ACDb", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-api-management-key", 76, "APIM", "[A-Za-z0-9+/]{5}[AQgw]=="],
  ["azure-iot-key", 33, "AIoT", "[A-P][A-Za-z0-9+/]{5}="],
  ["azure-service-bus-key", 33, "+ASb", "[A-P][A-Za-z0-9+/]{5}="],
  ["azure-event-hub-key", 33, "+AEh", "[A-P][A-Za-z0-9+/]{5}="],
  ["azure-relay-key", 33, "+ARm", "[A-P][A-Za-z0-9+/]{5}="],
  ["azure-container-registry-key", 42, "+ACR", "[A-D][A-Za-z0-9+/]{5}"]
].map(([id, behind, mark, rest]) => ({
  id: String(id),
  source: "Microsoft: identifiable keys",
  behind: [Number(behind), `${BASE62}+/`],
  pattern: `${String(mark).replace("+", "\\+")}${rest}`,
  left: base64Edge,
  genuine: looksRandom
}))

export const cloud = [...formats, ...signed].map(format)
