import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { Casil } from "../../src/casil/Casil.ts"
import { compileWith } from "../../src/casil/Compiled.ts"
import { ownRules } from "../../src/casil/OwnRules.ts"
import { findingsIn } from "../../src/casil/Decision.ts"
import { open } from "../../src/casil/Inspected.ts"
import { email } from "../../src/casil/personal/email.ts"
import { kinds } from "../../src/casil/personal/Numbers.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { json } from "../../src/casil/Walker.ts"
import { explainPersonal, piiIds } from "../../src/casil/rules/pii.ts"

const compiled = compileWith(ownRules(), { ...defaultPolicy, personalIgnore: [] })
const found = (text: string): ReadonlyArray<string> =>
  findingsIn(compiled, text)
    .filter(({ tier }) => tier === "pii")
    .map(({ end, rule, start }) => `${rule} ${text.slice(start, end)}`)

const inspect = (text: string, policy: Partial<CasilPolicy>) =>
  Effect.flatMap(Casil, (casil) => casil.text("prompt", text)).pipe(Effect.provide(Casil.layer(policy)))

const nameOf = ({ names }: (typeof kinds)[number]): string => names[0] ?? "number"

describe("numbers of persons", () => {
  it("have an id and a source each, examples and counter-examples", () => {
    const ids = kinds.map(({ id }) => id)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { counterExamples, examples, id, source } of kinds) {
      assert.match(id, /^pii-[a-z-]+$/)
      assert.isAbove(source.length, 10)
      assert.isAtLeast(examples.length, 1, id)
      assert.isAtLeast(counterExamples.length, 1, id)
      assert.include(piiIds, id)
    }
  })

  for (const kind of kinds) {
    const frames = [
      (text: string) => `My ${nameOf(kind)} is ${text}, and that is all.`,
      (text: string) => `{"${nameOf(kind)}":"${text}"}`,
      (text: string) => `${nameOf(kind)}: ${text}`,
      (text: string) => `${nameOf(kind)}\\n${text}\n`
    ]

    it(`${kind.id}: is found as ${kind.examples.join(", ")} after its name, whatever stands around it`, () => {
      for (const example of kind.examples) {
        for (const frame of frames) {
          const [first] = found(frame(example))
          assert.strictEqual(first?.split(" ")[0], kind.id, frame(example))
          // of a number written in pairs, the letters before it may stay
          assert.isTrue(example.endsWith(first?.slice(kind.id.length + 1) ?? "?"), frame(example))
        }
      }
    })

    it(`${kind.id}: is not found where it does not prove itself`, () => {
      for (const example of kind.counterExamples) {
        for (const frame of frames) {
          assert.isFalse(
            found(frame(example)).some((each) => each.startsWith(`${kind.id} `)),
            frame(example)
          )
        }
      }
    })

    it(`${kind.id}: is no part of something longer`, () => {
      for (const example of kind.examples) {
        for (const longer of [`${example}7`, `a${example}`, `${example}-77`, `9.${example}`, `${example}@acme.io`]) {
          const own = found(`${nameOf(kind)} ${longer}`).filter((each) => each === `${kind.id} ${example}`)
          assert.deepStrictEqual(own, [], longer)
        }
      }
    })
  }

  it("that others have too are not found where nothing says whose they are", () => {
    for (const { alone = [], examples, id, named = [] } of kinds) {
      if (alone.length > 0 || named.length === 0) continue
      for (const example of examples) {
        const own = found(`see ${example}.`).filter((each) => each.startsWith(`${id} `))
        assert.deepStrictEqual(own, example === "AA 12 34 56 B" ? own : [], example)
      }
    }
  })

  it("are not found when one digit of a card is another", () => {
    fc.assert(
      fc.property(fc.nat(15), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const digits = Array.from("4111111111111111", Number)
        digits[at] = ((digits[at] ?? 0) + by) % 10
        assert.deepStrictEqual(found(`my card ${digits.join("")}.`), [])
      })
    )
  })
})

const ACCOUNTS = [
  "DE89370400440532013000",
  "DE89 3704 0044 0532 0130 00",
  "gb29nwbk60161331926819",
  "GB29-NWBK-6016-1331-9268-19",
  "FR1420041010050500013M02606",
  "NO9386011117947",
  "MT84MALT011000012345MTLCAST001S"
]

const PHONES = [
  "+1-984-182-0190",
  "+46 (0)8 928 571 38",
  "+447700 921 916",
  "+4915123456789",
  "001-518-640-0854",
  "780-999-2181",
  "(602)272-9781",
  "(212) 555-0123",
  "345.899.3560",
  "345-899-3560x4587",
  "1-800-555-0199",
  "01.84.17.61.18"
]

const SPOKEN = [
  "Phone: 467 3395",
  "Mobile: 432 03 163 Desk",
  "Tel. 030/901820-12",
  "fax 9498777106",
  "Handy: 0171 1234567",
  '{"phone_number": "20 7946 0018"}',
  "WhatsApp me on 07700 900123",
  "Please have the manager call me at 0494 92 82 32 today",
  "They're not answering at 60-56-85-91",
  "416 60 039 office",
  "(37) 788-063-Office"
]

const ADDRESSES = ["93.184.216.34", "8.8.8.200", "2a00:1450:4001:81b::200e", "2606:2800:220:1:248:1893:25c8:1946"]

const HOSTED = [
  "http://93.184.216.34/x",
  "client_ip = ?%//!%20\\|106.31.73.20|%20/",
  "from 93.184.216.34:443 to",
  "[2a00:1450:4001:81b::200e]:443",
  "the IP 1.2.3.4 is blocked",
  "93.184.216.34/32"
]

describe("other personal data", () => {
  for (const text of ACCOUNTS)
    it(`finds the account ${text}`, () => assert.deepStrictEqual(found(`to ${text}.`), [`pii-iban ${text}`]))
  it("finds no account with a wrong check digit, a wrong length, or of no country", () => {
    for (const text of [
      "DE89370400440532013001",
      "DE8937040044053201300",
      "ZZ89370400440532013000",
      "DE89 3704 0044"
    ]) {
      assert.deepStrictEqual(found(`iban ${text}.`), [], text)
    }
  })

  for (const text of PHONES) {
    it(`finds the phone number ${text} by its form`, () =>
      assert.deepStrictEqual(found(`write or ${text}, thanks`), [`pii-phone ${text}`]))
  }
  it("leaves the brackets that stand around a phone number, and takes those in it, however it comes", () => {
    const texts = ["write (212-555-0123) or (416) 555-0199 (office)", "(", "call (if at all) ((212) 555-0123)"]
    const policy = Casil.layer({ onPersonal: "redact" })
    const passed = (pieces: ReadonlyArray<string>) =>
      Effect.flatMap(Casil, (casil) =>
        Stream.fromIterable(pieces).pipe(Stream.rechunk(1), casil.stream("answer"), Stream.map(open), Stream.runCollect)
      ).pipe(Effect.provide(policy), Effect.runSync)
    const redacted = [
      "write ([redacted:pii-phone]) or [redacted:pii-phone] (office)",
      "(",
      "call (if at all) ([redacted:pii-phone])"
    ]
    for (const pieces of [(text: string) => [text], (text: string) => text.split("")]) {
      assert.deepStrictEqual(
        texts.map((text) => passed(pieces(text)).join("")),
        redacted
      )
    }
  })
  for (const text of SPOKEN)
    it(`finds one that is called so: ${text}`, () => assert.match(found(text).join(), /^pii-phone [0-9(]/))
  for (const text of ADDRESSES)
    it(`finds the address ${text}`, () => assert.deepStrictEqual(found(`host ${text}, up`), [`pii-ip ${text}`]))
  for (const text of HOSTED)
    it(`finds the address in ${text}`, () => assert.match(found(text).join(), /^pii-ip [0-9a-f:.]+$/))

  it("finds e-mail addresses, in any surroundings, and to the character", () => {
    for (const seed of [0, 1, 2]) {
      const { secret, text } = email.example(seed)
      for (const around of [
        text,
        `<${secret}>`,
        `mailto:${secret}?subject=x`,
        `"${secret}"`,
        `a\\n${secret}`,
        `%20${secret}`,
        `${secret}`
      ]) {
        assert.deepStrictEqual(found(around), [`pii-email ${secret}`], around)
      }
    }
    assert.deepStrictEqual(found("What's your email? ada@analytical.org"), ["pii-email ada@analytical.org"])
    assert.deepStrictEqual(found("ada@müller.de schreibt"), ["pii-email ada@müller.de"])
  })

  it("finds no e-mail address in what only looks like one", () => {
    for (const text of email.counterExamples()) assert.deepStrictEqual(found(`see ${text} there`), [], text)
  })

  it("tells networks of one's own from others, and takes nobody's addresses for nobody's", () => {
    for (const text of [
      "10.20.30.40",
      "172.16.99.254",
      "192.168.1.77",
      "fe80::1ff:fe23:4567:890a",
      "fd12:3456:789a:1::1"
    ]) {
      assert.deepStrictEqual(found(`host ${text} up`), [`pii-ip-private ${text}`])
    }
    for (const text of [
      "127.0.0.1",
      "0.0.0.0",
      "192.0.2.77",
      "198.51.100.99",
      "203.0.113.50",
      "224.0.0.251",
      "255.255.255.255",
      "2001:db8::1234",
      "::1"
    ]) {
      assert.deepStrictEqual(found(`host ${text} up`), [], text)
    }
  })
})

const HARMLESS = [
  "version 1.2.3.4, v10.0.19045.1, build 93.184.216.34",
  "Mozilla/5.0 (X11) Chrome/106.31.73.20 Safari/537.36",
  "see sections 1.2.3.4 and 4.11.2.1",
  "OID 1.3.6.1.4.1.311, 2.5.4.3",
  "2024-03-01T09:30:00Z, 01/02/2024, 10-11-2024 12:30, 2015-12-22 04:34:22",
  "1700000000, 1700000000000, 1700000000000000, 1700000000000000000",
  "at 1,234,567 or 12 345 678 or 4,111,111,111,111,111",
  "40.7128, -74.0060 and 59.3293N 18.0686E",
  "ISBN 978-3-16-148410-0, ISBN 0-306-40615-2",
  "order 4111111111111111, invoice no 5500005555555559",
  "sha1 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
  "md5 9e107d9d372bb6826bd81d3542a419d6",
  "commit 1234567890123456 by 12345678901",
  "123e4567-e89b-12d3-a456-426614174000",
  "00:1B:44:11:3A:B7 and 00-1B-44-11-3A-B7",
  "12:30:45.678 10:20:30:40:50:60:70:80",
  "in 2019 2020 2021 2022 2023",
  "1 2 3 4 5 6 7 8 9 10 11 12 13",
  "0.4111111111111111 and 3.14159265358979",
  "$1234567890 +5000000 -123456789 #1234567890",
  "10.0.0.0/8, 93.184.216.0/24",
  "lottery 03 12 25 33 41",
  "user@localhost pkg@1.2.3 logo@2x.png git@github.com:a/b.git",
  "@types/node@24.1.0 and root@10-0-0-1",
  "std::2001::x 2001::x::y a::b",
  "rows 100-200, pages 12-345, 3/4, 16:9",
  "ZIP 90210-1234, 12345-6789",
  "call 12345678 times, text 4 more",
  "parts A1234567B, AB123456X, X1234567M"
]

describe("what is nobody's", () => {
  for (const text of HARMLESS) it(`finds nothing in ${text}`, () => assert.deepStrictEqual(found(text), []))

  it("finds no person in numbers by chance: of those that nothing names, hardly one", () => {
    let hits = 0
    for (let n = 0; n < 20_000; n++) {
      // every number of a length, evenly spread
      const digits = String((BigInt(n) * 6364136223846793005n + 1442695040888963407n) % 10n ** BigInt(9 + (n % 4)))
      hits += found(`value ${digits.padStart(9 + (n % 4), "1")} of`).length
    }
    assert.isAtMost(hits, 60)
  })
})

describe("what each kind is", () => {
  it("can be explained, with examples that hold", () => {
    for (const id of piiIds.filter((id) => id !== email.id)) {
      const about = explainPersonal(id)
      assert.isAbove(about?.looks.length ?? 0, 5, id)
      assert.isAbove(about?.source.length ?? 0, 10, id)
      for (const example of about?.examples ?? []) {
        const named = `${about?.keywords[0] ?? "write to"} ${example},`
        assert.isTrue(
          found(named).some((each) => each.startsWith(`${id} `)),
          named
        )
      }
      for (const example of about?.counterExamples ?? []) {
        assert.isFalse(
          found(`see ${example},`).some((each) => each.startsWith(`${id} `)),
          example
        )
      }
    }
    assert.isUndefined(explainPersonal("github-token"))
  })
})

describe("what is done with it", () => {
  const text = "my e-mail is ada@analytical.org, call +447700 921 916"

  it.effect("is recorded by default, and the text is as it was", () =>
    Effect.gen(function* () {
      const inspected = yield* inspect(text, {})
      assert.strictEqual(open(inspected), text)
      const [verdict] = inspected.verdicts
      assert.strictEqual(verdict?.outcome, "allow")
      assert.deepStrictEqual(verdict?.rules, ["pii-email", "pii-phone"])
      assert.deepStrictEqual(verdict?.flags, ["personal_data"])
    })
  )

  it.effect("is redacted or refused where the policy says so, whatever it says of likely secrets", () =>
    Effect.gen(function* () {
      const redacted = yield* inspect(text, { onPersonal: "redact" })
      assert.strictEqual(open(redacted), "my e-mail is [redacted:pii-email], call [redacted:pii-phone]")
      assert.strictEqual(open(yield* inspect(text, { onProbable: "block" })), text)
      const refused = yield* Effect.flip(inspect(text, { onPersonal: "block" }))
      assert.strictEqual(refused.reason, "CASIL_POLICY_BLOCKED")
      assert.deepStrictEqual(refused.rules, ["pii-email"])
    })
  )

  it.effect("is left alone where its kind is ignored; by default those are addresses of one's own networks", () =>
    Effect.gen(function* () {
      const own = "host 192.168.1.77 and 93.184.216.34"
      assert.strictEqual(open(yield* inspect(own, { onPersonal: "redact" })), "host 192.168.1.77 and [redacted:pii-ip]")
      assert.strictEqual(
        open(yield* inspect(own, { onPersonal: "redact", personalIgnore: ["pii-ip"] })),
        "host [redacted:pii-ip-private] and 93.184.216.34"
      )
    })
  )

  it("is found in a field by the field's name, also where another field has it", () => {
    const value = {
      phoneNumber: "467 3395",
      user_ssn: "123456789",
      count: "467 3395",
      attributes: [{ name: "nhs_number", value: "943 476 5919" }],
      note: "ask at 93.184.216.34"
    }
    const inspected = Effect.runSync(
      Effect.flatMap(Casil, (casil) => casil.value("tool_output", value, json)).pipe(
        Effect.provide(Casil.layer({ onPersonal: "redact", metadata: { ...defaultPolicy.metadata, logs: false } }))
      )
    )
    assert.deepStrictEqual(open(inspected), {
      phoneNumber: "[redacted:pii-phone]",
      user_ssn: "[redacted:pii-ssn]",
      count: "467 3395",
      attributes: [{ name: "nhs_number", value: "[redacted:pii-uk-nhs]" }],
      note: "ask at [redacted:pii-ip]"
    })
  })

  it("is found the same however the text is cut", () => {
    const parts = [
      ...kinds.flatMap((kind) => kind.examples.map((example) => `${nameOf(kind)} ${example}`)),
      ...ACCOUNTS,
      ...PHONES,
      ...SPOKEN,
      ...ADDRESSES,
      ...HARMLESS,
      "ada@analytical.org",
      " 4",
      "+",
      "(",
      "1 ",
      "ext. 5"
    ]
    const text = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }).map((all) => all.join(" "))
    const stream = (chunks: ReadonlyArray<string>) =>
      Effect.runSync(
        Effect.flatMap(Casil, (casil) =>
          Stream.fromIterable(chunks).pipe(
            Stream.rechunk(1),
            casil.stream("answer"),
            Stream.map(open),
            Stream.runCollect
          )
        ).pipe(
          Effect.provide(Casil.layer({ onPersonal: "redact", metadata: { ...defaultPolicy.metadata, logs: false } }))
        )
      ).join("")
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (text, size) => {
        const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
          text.slice(i * size, (i + 1) * size)
        )
        assert.strictEqual(stream(chunks), stream([text]))
      }),
      { numRuns: 300 }
    )
  })
})
