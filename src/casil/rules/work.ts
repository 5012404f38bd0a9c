/** Tools that people work with. Sources: the issuers' own documentation of their token formats. */
import { alnum, BASE64URL, chars, HEX } from "../CharClass.ts"
import { isPlaceholder, looksRandom } from "../Randomness.ts"
import { whole } from "../Rule.ts"
import { type Format, format } from "./Format.ts"

const edge = chars(BASE64URL)
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

const formats: ReadonlyArray<Format> = [
  { id: "linear-key", source: "Linear: API keys", pattern: "(?:lin_api|lin_oauth|lin_wh)_[A-Za-z0-9]{40,64}" },
  { id: "notion-token", source: "Notion: integration tokens", pattern: "ntn_[0-9]{11}[A-Za-z0-9]{35}" },
  { id: "notion-secret", source: "Notion: integration tokens", pattern: "secret_[A-Za-z0-9]{43}", left: alnum },
  { id: "figma-token", source: "Figma: personal access tokens", pattern: "(?:figd|figo|figor|figu)_[\\w-]{40,48}" },
  {
    id: "figma-legacy-token",
    source: "Figma: REST API, X-Figma-Token",
    pattern: `X-Figma-Token: [0-9]{4,7}-${UUID}`,
    lead: (prefix) => prefix.length
  },
  {
    id: "asana-token",
    source: "Asana: personal access tokens",
    pattern: "(?:0|1|2)/[0-9]{16}:[0-9a-f]{32}",
    left: edge
  },
  {
    id: "asana-pat",
    source: "Asana: personal access tokens",
    pattern: "(?:1|2)/[0-9]{15,17}/[0-9]{15,17}:[0-9a-f]{32}",
    left: edge
  },
  { id: "clickup-token", source: "ClickUp API: authentication", pattern: "pk_[0-9]{6,9}_[A-Z0-9]{32}" },
  { id: "airtable-token", source: "Airtable: personal access tokens", pattern: "pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}" },
  {
    id: "contentful-token",
    source: "Contentful: personal access tokens",
    pattern: "CFPAT-[\\w-]{40,64}",
    usual: 3,
    left: alnum
  },
  { id: "typeform-token", source: "Typeform: personal access tokens", pattern: "tfp_[\\w.=-]{40,64}", usual: 8 },
  { id: "hubspot-token", source: "HubSpot: private apps", pattern: `(?:pat-na1|pat-na2|pat-eu1)-${UUID}` },
  { id: "intercom-token", source: "Intercom: access tokens", pattern: "dG9rO[A-Za-z0-9+/=]{54,60}", usual: 1 },
  {
    id: "salesforce-session",
    source: "Salesforce: session ids",
    pattern: "00D[A-Za-z0-9]{12,15}![\\w.]{60,200}",
    usual: 3
  },
  { id: "zoho-token", source: "Zoho: OAuth tokens", pattern: "1000\\.[0-9a-f]{32}\\.[0-9a-f]{32}" },
  {
    id: "dropbox-token",
    source: "Dropbox: OAuth tokens",
    pattern: "(?:sl|sl.u)\\.[\\w-]{120,1500}",
    left: edge,
    usual: 20
  },
  {
    id: "facebook-token",
    source: "Meta: access tokens",
    pattern: "(?:EAACEdEose0cBA|EAAC|EAAB|EAAD|EAAG|EAAM)[A-Za-z0-9]{100,400}",
    usual: 60
  },
  {
    id: "twitter-bearer-token",
    source: "X API: app-only bearer tokens",
    pattern: "AAAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{60,120}",
    left: chars(`${BASE64URL}+/`),
    usual: 30
  },
  { id: "twitch-stream-key", source: "Twitch: stream keys", pattern: "live_[0-9]{6,12}_[A-Za-z0-9]{30}", left: alnum },
  {
    id: "discord-webhook",
    source: "Discord: webhooks",
    pattern: "(?:discord.com|discordapp.com)/api/webhooks/[0-9]{17,20}/[\\w-]{50,90}",
    lead: whole,
    usual: 18
  },
  {
    id: "teams-webhook",
    source: "Microsoft Teams: incoming webhooks",
    pattern: `webhook.office.com/webhookb2/${UUID}@${UUID}/IncomingWebhook/[0-9a-f]{32}`,
    lead: whole,
    genuine: (path) => !isPlaceholder(path)
  },
  {
    id: "teams-legacy-webhook",
    source: "Microsoft Teams: incoming webhooks",
    pattern: `outlook.office.com/webhook/${UUID}@${UUID}/IncomingWebhook/[0-9a-f]{32}`,
    lead: whole,
    genuine: (path) => !isPlaceholder(path)
  },
  {
    id: "zapier-webhook",
    source: "Zapier: webhooks",
    pattern: "hooks.zapier.com/hooks/catch/[A-Za-z0-9/]{14,40}",
    lead: whole,
    genuine: (path) => !isPlaceholder(path)
  },
  {
    id: "okta-token",
    source: "Okta: API tokens",
    pattern: "(?:SSWS |SSWS%20)00[\\w-]{40}",
    lead: (prefix) => prefix.length - 2
  },
  {
    id: "teamwork-token",
    source: "Teamwork: API tokens",
    pattern: "tkn.v1_[A-Za-z0-9+/=]{60,100}",
    right: alnum,
    usual: 20
  },
  { id: "adobe-secret", source: "Adobe Developer: OAuth credentials", pattern: "p8e-[\\w-]{32}", left: alnum },
  {
    id: "frameio-token",
    source: "Frame.io: developer tokens",
    pattern: "fio-u-[\\w=-]{60,70}",
    right: alnum,
    usual: 4
  },
  { id: "flexport-key", source: "Flexport: API keys", pattern: "shltm_[\\w-]{40}" },
  { id: "fleetbase-key", source: "Fleetbase: API keys", pattern: "flb_live_[A-Za-z0-9]{20}" },
  { id: "adafruit-key", source: "Adafruit IO: API keys", pattern: "aio_[A-Za-z0-9]{28}" },
  {
    id: "maxmind-key",
    source: "MaxMind: license keys",
    behind: [36, `${HEX}${HEX.toUpperCase()}_GHIJKLMNOPQRSTUVWXYZghijklmnopqrstuvwxyz`],
    pattern: "_mmk"
  },
  {
    id: "voiceflow-key",
    source: "Voiceflow: API keys",
    pattern: "(?:VF.DM|VF.WS)\\.[0-9a-f]{24}\\.[A-Za-z0-9]{16}",
    left: alnum
  },
  {
    id: "mapbox-secret-token",
    source: "Mapbox: access tokens",
    pattern: "sk.eyJ[\\w-]{20,120}\\.[\\w-]{20,24}",
    left: edge,
    genuine: looksRandom,
    usual: 40
  }
]

export const work = formats.map(format)
