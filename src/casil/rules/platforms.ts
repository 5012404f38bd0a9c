/**
 * Platforms, identity, data and agents: those whose keys carry a mark of their own. Sources: the issuers' documentation
 * of their keys, and the specifications of formats that several of them use.
 */
import { alnum, BASE64URL, chars } from "../CharClass.ts"
import { type Format, format } from "./Format.ts"

const edge = chars(BASE64URL)
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

const XMODEM = 0x1021

/** CRC-16 as XMODEM has it: the last two bytes of a seed, the lower one first. */
const crc16 = (bytes: ReadonlyArray<number>): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ XMODEM) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const base32 = (text: string): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let bits = 0
  let held = 0
  for (let i = 0; i < text.length; i++) {
    held = (held << 5) | BASE32.indexOf(text.charAt(i))
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
    held &= (1 << bits) - 1
  }
  return bytes
}

const toBase32 = (bytes: ReadonlyArray<number>): string => {
  let text = ""
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32.charAt((held >> bits) & 31)
      held &= (1 << bits) - 1
    }
  }
  return bits > 0 ? text + BASE32.charAt((held << (5 - bits)) & 31) : text
}

const SEED_BYTES = 36

const isSeed = (random: string, prefix: string): boolean => {
  const bytes = base32(prefix + random)
  const body = bytes.slice(0, -2)
  return bytes.length === SEED_BYTES && crc16(body) === (bytes.at(-2) ?? 0) + (bytes.at(-1) ?? 0) * 256
}

/** A seed of NATS with its checksum, out of one without. */
const seedOf = (text: string): string => {
  const body = base32(text).slice(0, SEED_BYTES - 2)
  const crc = crc16(body)
  return toBase32([...body, crc & 0xff, crc >> 8])
}

const formats: ReadonlyArray<Format> = [
  {
    id: "nats-seed",
    source: "NATS: nkeys, seeds of users, accounts, operators, servers and clusters",
    pattern: "(?:SUA|SAA|SOA|SNA|SCA)[A-Z2-7]{55}",
    genuine: isSeed,
    make: (text) => seedOf(text)
  },
  {
    id: "paseto",
    source: "PASETO: platform-agnostic security tokens, versions 1 to 4",
    pattern: "(?:v1.local.|v2.local.|v3.local.|v4.local.|v1.public.|v2.public.|v3.public.|v4.public.)[\\w-]{64,2000}",
    usual: 40,
    right: edge
  },
  {
    id: "secret-token-uri",
    source: "RFC 8959: the secret-token URI scheme",
    pattern: "secret-token:[\\w%.~:-]{20,400}",
    usual: 20,
    left: alnum
  },
  {
    id: "openshift-token",
    source: "OpenShift: OAuth access tokens",
    pattern: "sha256~[\\w-]{43}",
    counterExamples: ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
  },
  { id: "docker-swarm-token", source: "Docker: swarm join tokens", pattern: "SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}" },
  { id: "rancher-token", source: "Rancher: API tokens", pattern: "token-[a-z0-9]{5}:[a-z0-9]{54}", left: edge },
  { id: "portainer-token", source: "Portainer: access tokens", pattern: "ptr_[A-Za-z0-9+/]{43}=" },
  { id: "nexus-npm-token", source: "Sonatype Nexus: npm tokens", pattern: `NpmToken.${UUID}` },
  { id: "octopus-key", source: "Octopus Deploy: API keys", pattern: "API-[A-Z0-9]{25,36}", usual: 6, left: edge },
  { id: "upcloud-token", source: "UpCloud: API tokens", pattern: "ucat_[A-Z0-9]{26}" },
  { id: "scalingo-token", source: "Scalingo: API tokens", pattern: "tk-us-[\\w-]{48}", left: edge },
  {
    id: "matrix-token",
    source: "Synapse: access tokens",
    pattern: "syt_[A-Za-z0-9]{2,80}_[A-Za-z]{20}_[A-Za-z0-9]{6}"
  },
  {
    id: "ory-token",
    source: "Ory: tokens and API keys",
    pattern: "(?:ory_pat_|ory_at_|ory_rt_|ory_st_|ory_wak_|ory_apikey_)[\\w.-]{32,120}",
    usual: 12,
    left: alnum
  },
  {
    id: "stytch-secret",
    source: "Stytch: project secrets",
    pattern: "(?:secret-live-|secret-test-)[\\w=-]{36,60}",
    usual: 4
  },
  { id: "workos-key", source: "WorkOS: API keys", pattern: "sk_a2V5X[A-Za-z0-9+/=]{40,120}", usual: 30, right: alnum },
  {
    id: "persona-key",
    source: "Persona: API keys",
    pattern: "(?:persona_production_|persona_sandbox_)[A-Za-z0-9-]{36}"
  },
  { id: "unkey-key", source: "Unkey: root keys", pattern: "unkey_[A-Za-z0-9]{20,40}", usual: 4 },
  { id: "zuplo-key", source: "Zuplo: API keys", pattern: "zpka_[A-Za-z0-9]{32}_[0-9a-f]{8}" },
  {
    id: "paddle-key",
    source: "Paddle: API keys",
    pattern: "(?:pdl_live_apikey_|pdl_sdbx_apikey_)\\w{45,60}",
    usual: 8
  },
  {
    id: "polar-token",
    source: "Polar: access tokens",
    pattern: "(?:polar_oat_|polar_pat_|polar_at_)[A-Za-z0-9_]{40,60}",
    usual: 3
  },
  {
    id: "linkedin-secret",
    source: "LinkedIn: client secrets",
    pattern: "(?:WPL_AP0.|WPL_AP1.)[A-Za-z0-9]{16}.[A-Za-z0-9+/]{6}=="
  },
  {
    id: "pinterest-token",
    source: "Pinterest: access and refresh tokens",
    pattern: "(?:pina_|pinr_)[A-Z0-9]{40,300}",
    usual: 40
  },
  { id: "vk-token", source: "VK: access tokens", pattern: "vk1.a.[\\w-]{120,300}", usual: 80, left: alnum },
  {
    id: "yandex-oauth-token",
    source: "Yandex: OAuth tokens",
    pattern: "(?:y0_A|y1_A|y2_A|y3_A)[\\w-]{40,80}",
    usual: 14
  },
  {
    id: "pubnub-secret-key",
    source: "PubNub: secret keys",
    pattern: "sec-c-[A-Za-z0-9+/=]{46,64}",
    usual: 2,
    right: alnum,
    left: edge
  },
  {
    id: "dbt-token",
    source: "dbt: service tokens and personal access tokens",
    pattern: "(?:dbtc_|dbtu_)[\\w-]{40,60}",
    usual: 4
  },
  { id: "hex-token", source: "Hex: workspace tokens", pattern: "(?:hxtp_|hxtw_)[0-9a-f]{96}" },
  {
    id: "elastic-token",
    source: "Elastic Cloud: API keys",
    pattern: "essu_[A-Za-z0-9+/=]{40,120}",
    usual: 30,
    right: alnum
  },
  { id: "axiom-token", source: "Axiom: API and personal tokens", pattern: `(?:xaat-|xapt-)${UUID}`, left: edge },
  {
    id: "snyk-token",
    source: "Snyk: access tokens",
    pattern: "(?:snyk_uat.|snyk_sat.)[0-9a-f]{8}.[\\w-]{20,600}.[\\w-]{20,200}",
    usual: 60,
    left: alnum
  },
  { id: "trello-token", source: "Trello: tokens", pattern: "ATTA[0-9a-f]{64}[0-9A-F]{8}", left: edge },
  { id: "wakatime-key", source: "WakaTime: API keys", pattern: `(?:waka_|waka_sec_|waka_tok_)${UUID}` },
  { id: "apify-token", source: "Apify: API tokens", pattern: "apify_api_[A-Za-z0-9]{36}" },
  { id: "browserbase-key", source: "Browserbase: API keys", pattern: "bb_live_[\\w-]{26,30}", usual: 1 },
  { id: "llamacloud-key", source: "LlamaCloud: API keys", pattern: "llx-[A-Za-z0-9]{48}", left: edge },
  { id: "wandb-key", source: "Weights & Biases: API keys since 2025", pattern: "wandb_v1_[\\w]{60,90}", usual: 17 },
  { id: "kaggle-token", source: "Kaggle: API tokens since 2025", pattern: "KGAT_[0-9a-f]{32}" },
  { id: "context7-key", source: "Context7: API keys", pattern: `ctx7sk-${UUID}`, left: edge },
  {
    id: "helicone-key",
    source: "Helicone: API keys",
    pattern: "(?:sk-helicone-|pk-helicone-)[a-z0-9-]{30,50}",
    usual: 5
  },
  { id: "anyscale-key", source: "Anyscale: credentials", pattern: "esecret_[A-Za-z0-9]{24,44}", usual: 2 },
  { id: "cartesia-key", source: "Cartesia: API keys", pattern: "sk_car_[A-Za-z0-9_]{20,40}", usual: 2 },
  { id: "friendli-token", source: "Friendli: personal access tokens", pattern: "flp_[A-Za-z0-9]{46}" },
  {
    id: "trigger-key",
    source: "Trigger.dev: keys",
    pattern: "(?:tr_dev_|tr_prod_|tr_stg_|tr_pat_)[A-Za-z0-9]{20,48}",
    usual: 4,
    left: alnum
  },
  {
    id: "inngest-key",
    source: "Inngest: signing keys",
    pattern: "(?:signkey-prod-|signkey-test-|signkey-branch-)[0-9a-f]{32,64}",
    usual: 32
  },
  { id: "calcom-key", source: "Cal.com: API keys", pattern: "cal_live_[0-9a-f]{32}" },
  { id: "alchemy-token", source: "Alchemy: access tokens", pattern: "alcht_[A-Za-z0-9]{30}" },
  {
    id: "extended-private-key",
    source: "BIP 32: serialized extended private keys",
    pattern: "(?:xprv|yprv|zprv|tprv)[1-9A-HJ-NP-Za-km-z]{107}",
    left: alnum
  },
  {
    id: "firebase-server-key",
    source: "Firebase: legacy server keys of Cloud Messaging",
    pattern: "AAAA[\\w-]{7}:APA91b[\\w-]{134}",
    left: edge
  }
]

export const platforms = formats.map(format)
