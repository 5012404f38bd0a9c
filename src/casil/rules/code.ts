/** Source control, registries and builds. Sources: the issuers' own documentation of their token formats. */
import { alnum, has } from "../CharClass.ts"
import { checksum62, hasChecksum62 } from "../Checksum.ts"
import { looksRandom } from "../Randomness.ts"
import { type Format, format } from "./Format.ts"

/** GitHub and npm: thirty random characters and six of checksum. A newer format may have none, so random will do. */
const CHECKSUMMED = 36
const sealed = (text: string): string => {
  const prefix = text.slice(0, text.indexOf("_") + 1)
  const random = text.slice(prefix.length, prefix.length + CHECKSUMMED - 6)
  return prefix + random + checksum62(random)
}
/** What follows a token that is whole by its checksum is no part of it. */
const checked = (candidate: string, prefix: string): number => {
  const end = prefix.length + CHECKSUMMED
  return hasChecksum62(candidate.slice(prefix.length, end)) ? end : candidate.length
}
const checkedOrRandom = (random: string): boolean => hasChecksum62(random) || looksRandom(random)

const ROUTE = 9
/** GitLab's routable tokens end with `.01.` and seven more, or nine in one; any other dot ends a sentence. */
const routed = (candidate: string): number => {
  const dot = candidate.indexOf(".")
  if (dot < 0) return candidate.length
  const rest = candidate.slice(dot + 1).replaceAll(".", "")
  let isRoute = rest.length === ROUTE
  for (let i = 0; isRoute && i < ROUTE; i++) isRoute = has(alnum, rest.charCodeAt(i))
  return isRoute ? candidate.length : dot
}

const formats: ReadonlyArray<Format> = [
  {
    id: "github-token",
    source: "GitHub: token formats, April 2021",
    pattern: "(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,251}",
    genuine: checkedOrRandom,
    check: "its last six characters are the CRC-32 of the rest, or it looks random",
    length: checked,
    make: sealed
  },
  {
    id: "github-fine-grained-token",
    source: "GitHub: fine-grained personal access tokens",
    pattern: "github_pat_\\w{36,244}",
    full: 93,
    usual: 46
  },
  {
    id: "npm-token",
    source: "GitHub changelog: npm access tokens, September 2021",
    pattern: "npm_[A-Za-z0-9]{36}",
    genuine: checkedOrRandom,
    check: "its last six characters are the CRC-32 of the rest, or it looks random",
    make: sealed
  },
  {
    id: "gitlab-token",
    source: "GitLab: token overview, token prefixes",
    pattern: "(?:glpat|gloas|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|glwt)-[\\w.-]{20,320}",
    right: alnum,
    length: routed,
    genuine: (random) => {
      const dot = random.indexOf(".")
      const own = dot < 0 ? random : random.slice(0, dot)
      return own.length >= 20 && looksRandom(own)
    },
    make: (text) => text.replaceAll(".", "a"),
    counterExamples: ["glpat-abc", "glrt-runner-token-goes-here."]
  },
  {
    id: "gitlab-registration-token",
    source: "GitLab: runner registration tokens",
    pattern: "GR1348941[\\w-]{20}"
  },
  { id: "bitbucket-app-password", source: "Bitbucket: app passwords", pattern: "ATBB[A-Za-z0-9]{32}" },
  {
    id: "atlassian-token",
    source: "Atlassian: API tokens",
    pattern: "(?:ATATT3|ATCTT3|ATOTT3|ATSTT3)[\\w=-]{60,400}",
    right: alnum,
    usual: 120,
    full: 180
  },
  { id: "pypi-token", source: "PyPI: API tokens", pattern: "pypi-AgE[\\w-]{50,1000}", usual: 110, full: 150 },
  { id: "rubygems-key", source: "RubyGems: API keys", pattern: "rubygems_[0-9a-f]{48}" },
  { id: "crates-token", source: "crates.io: API tokens", pattern: "cio[A-Za-z0-9]{32}" },
  { id: "nuget-key", source: "NuGet: API keys", pattern: "oy2[a-z0-9]{43}" },
  {
    id: "dockerhub-token",
    source: "Docker: personal and organization access tokens",
    pattern: "(?:dckr_pat|dckr_oat)_[\\w-]{27,36}"
  },
  { id: "packagist-token", source: "Packagist: tokens", pattern: "packagist_[ou][ru]t_[0-9a-f]{68}" },
  { id: "clojars-token", source: "Clojars: deploy tokens", pattern: "CLOJARS_[a-z0-9]{60}" },
  { id: "jfrog-key", source: "JFrog: API keys", pattern: "AKCp[A-Za-z0-9]{60,75}", usual: 9 },
  { id: "jfrog-reference-token", source: "JFrog: reference tokens", pattern: "cmVmdGtuO[A-Za-z0-9]{55}" },
  {
    id: "circleci-token",
    source: "CircleCI: API tokens",
    pattern: "(?:CCIPAT|CCIPRJ)_[A-Za-z0-9]{22}_[0-9a-z]{40}"
  },
  { id: "buildkite-token", source: "Buildkite: API access tokens", pattern: "(?:bkua|bkpat|bkct)_[0-9a-z]{40}" },
  { id: "sonar-token", source: "SonarQube: tokens", pattern: "(?:sqp|squ|sqa)_[0-9a-f]{40}" },
  {
    id: "sourcegraph-token",
    source: "Sourcegraph: access tokens",
    pattern: "(?:sgp|sgd|slk)_[0-9a-z_]{40,70}",
    full: 44,
    usual: 17
  },
  { id: "stackhawk-key", source: "StackHawk: API keys", pattern: "hawk\\.[\\w-]{20}\\.[\\w-]{20}" },
  { id: "prefect-key", source: "Prefect: API keys", pattern: "(?:pnu|pnb)_[A-Za-z0-9]{36}" },
  { id: "pulumi-token", source: "Pulumi: access tokens", pattern: "pul-[0-9a-f]{40}", left: alnum },
  { id: "infracost-key", source: "Infracost: API keys", pattern: "ico-[A-Za-z0-9]{32}", left: alnum },
  { id: "dependency-track-key", source: "OWASP Dependency-Track: API keys", pattern: "odt_[A-Za-z0-9]{32,40}" },
  { id: "postman-key", source: "Postman: API keys", pattern: "PMAK-[0-9a-f]{24}-[0-9a-f]{34}" },
  { id: "readme-key", source: "ReadMe: API keys", pattern: "rdme_[a-z0-9]{70}" },
  {
    id: "harness-token",
    source: "Harness: API keys",
    pattern: "(?:pat|sat)\\.[\\w-]{22}\\.[0-9a-f]{24}\\.[A-Za-z0-9]{20}",
    left: alnum
  }
]

export const code = formats.map(format)
