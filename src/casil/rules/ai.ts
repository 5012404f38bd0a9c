/** Providers of models and of what agents use. Sources: the providers' API references. */
import { alnum, BASE64URL, chars } from "../CharClass.ts"
import { looksRandom } from "../Randomness.ts"
import { type Format, format } from "./Format.ts"

const edge = chars(BASE64URL)
/** OpenAI's keys carry it in the middle. */
const MARK = ["T3Blbk", "FJ"].join("")

const isPlain = (text: string): boolean => !text.includes("-") && !text.includes("_")

const isOpenAi = (random: string): boolean => {
  if (random.startsWith("ant-") || random.startsWith("or-v1-") || !looksRandom(random)) return false
  if (random.includes(MARK)) return true
  for (const kind of ["proj-", "svcacct-", "admin-"]) {
    if (random.startsWith(kind)) return random.length >= kind.length + 32
  }
  return random.length >= 32 && isPlain(random)
}

/** One kind of OpenAI's keys or another, by seed. */
const openAiExample = (text: string, seed: number): string => {
  const random = text.slice("sk-".length)
  switch (seed % 3) {
    case 0:
      return `sk-${random.slice(0, 20)}${MARK}${random.slice(20, 40)}`
    case 1:
      return `sk-proj-${random.slice(0, 74)}${MARK}${random.slice(74, 148)}`
    default:
      return `sk-${random.slice(0, 60).replaceAll("-", "b").replaceAll("_", "a")}`
  }
}

const formats: ReadonlyArray<Format> = [
  {
    id: "anthropic-key",
    source: "Anthropic: API keys",
    pattern: "sk-ant-[\\w-]{32,240}",
    full: 108,
    usual: 69
  },
  {
    id: "openai-key",
    source: "OpenAI: API keys, and the many providers that copied the prefix",
    pattern: "sk-[\\w-]{20,240}",
    left: edge,
    genuine: isOpenAi,
    usual: 140,
    make: openAiExample,
    counterExamples: ["sk-fading-circle-animation-in-css", "sk-learn-is-a-library-for-machine-learning"]
  },
  { id: "openrouter-key", source: "OpenRouter: API keys", pattern: "sk-or-v1-[0-9a-f]{64}" },
  { id: "groq-key", source: "Groq: API keys", pattern: "gsk_[A-Za-z0-9]{48,52}", usual: 4 },
  { id: "hugging-face-token", source: "Hugging Face: user access tokens", pattern: "hf_[A-Za-z0-9]{34,40}" },
  { id: "hugging-face-org-token", source: "Hugging Face: organization tokens", pattern: "api_org_[A-Za-z0-9]{34}" },
  { id: "xai-key", source: "xAI: API keys", pattern: "xai-[A-Za-z0-9]{80}" },
  { id: "perplexity-key", source: "Perplexity: API keys", pattern: "pplx-[A-Za-z0-9]{48,56}" },
  { id: "replicate-token", source: "Replicate: API tokens", pattern: "r8_[A-Za-z0-9]{37}" },
  { id: "nvidia-key", source: "NVIDIA NGC: API keys", pattern: "nvapi-[\\w-]{60,70}", usual: 4 },
  { id: "cerebras-key", source: "Cerebras: API keys", pattern: "csk-[a-z0-9]{48}", left: alnum },
  { id: "fireworks-key", source: "Fireworks AI: API keys", pattern: "fw_[A-Za-z0-9]{22,24}" },
  { id: "together-key", source: "Together AI: API keys", pattern: "tgp_v1_[\\w-]{43}" },
  { id: "voyage-key", source: "Voyage AI: API keys", pattern: "pa-[\\w-]{43}", left: edge },
  { id: "pinecone-key", source: "Pinecone: API keys", pattern: "pcsk_[A-Za-z0-9_]{50,75}", usual: 20 },
  { id: "langsmith-key", source: "LangSmith: API keys", pattern: "(?:lsv2_pt|lsv2_sk)_[0-9a-f]{32}_[0-9a-f]{10}" },
  {
    id: "langfuse-key",
    source: "Langfuse: API keys",
    pattern: "sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
  },
  { id: "tavily-key", source: "Tavily: API keys", pattern: "tvly-[A-Za-z0-9-]{32,48}", usual: 4 },
  { id: "firecrawl-key", source: "Firecrawl: API keys", pattern: "fc-[0-9a-f]{32}", left: edge },
  { id: "jina-key", source: "Jina AI: API keys", pattern: "jina_[0-9a-f]{32}[\\w-]{28}" },
  { id: "runpod-key", source: "RunPod: API keys", pattern: "rpa_[A-Z0-9]{40,50}[a-z0-9]{0,8}" },
  { id: "elevenlabs-key", source: "ElevenLabs: API keys", pattern: "sk_[0-9a-f]{48}", left: edge },
  { id: "brave-search-key", source: "Brave Search API: keys", pattern: "BSA[\\w-]{28}", left: edge },
  { id: "e2b-key", source: "E2B: API keys", pattern: "e2b_[0-9a-f]{40}" }
]

export const ai = formats.map(format)
