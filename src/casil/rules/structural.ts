/** The structural tier: formats precise enough to act on. The order decides when two rules claim the same text. */
import type { Rule } from "../Rule.ts"
import { awsAccessKeyId } from "./aws.ts"
import { githubFineGrainedToken, githubToken, npmToken } from "./github.ts"
import { gitlabToken } from "./gitlab.ts"
import { jsonWebToken } from "./jwt.ts"
import * as llm from "./llm.ts"
import { privateKey } from "./privateKey.ts"
import * as saas from "./saas.ts"
import { slackCookie, slackToken, slackWebhook } from "./slack.ts"
import { urlCredentials } from "./url.ts"

export const structural: ReadonlyArray<Rule> = [
  privateKey,
  awsAccessKeyId,
  githubToken,
  githubFineGrainedToken,
  npmToken,
  gitlabToken,
  slackToken,
  slackCookie,
  slackWebhook,
  llm.anthropicKey,
  llm.openaiKey,
  llm.groqKey,
  llm.huggingFaceToken,
  llm.xaiKey,
  llm.perplexityKey,
  llm.replicateToken,
  llm.databricksToken,
  saas.stripeKey,
  saas.googleApiKey,
  saas.googleOauthSecret,
  saas.sendgridKey,
  saas.digitalOceanToken,
  saas.shopifyToken,
  saas.pypiToken,
  saas.telegramBotToken,
  jsonWebToken,
  urlCredentials
]
