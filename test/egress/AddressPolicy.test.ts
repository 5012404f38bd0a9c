import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type AddressClass, classify, distinct, mayOpen, refused } from "../../src/egress/AddressPolicy.ts"
import { equal, type IpAddress, parse, show } from "../../src/egress/IpAddress.ts"

const at = (text: string): IpAddress => parse(text) ?? assert.fail(`${text} is no address`)

const known: ReadonlyArray<readonly [AddressClass, ReadonlyArray<string>]> = [
  [
    "public",
    ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"]
  ],
  ["public", ["128.0.0.0", "169.253.255.255", "169.255.0.0", "192.167.255.255", "198.17.255.255", "223.255.255.255"]],
  ["public", ["2606:4700:4700::1111", "2001:200::1", "2003::1", "2a00:1450::8a", "3ffe::1"]],
  ["loopback", ["127.0.0.1", "127.0.0.2", "127.255.255.255", "::1"]],
  [
    "private",
    ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::", "fdff::1", "fec0::1"]
  ],
  ["cgnat", ["100.64.0.0", "100.127.255.255"]],
  ["link_local", ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1"]],
  ["metadata", ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"]],
  ["multicast", ["224.0.0.1", "239.255.255.255", "ff02::1"]],
  ["broadcast", ["255.255.255.255"]],
  ["unspecified", ["0.0.0.0", "0.255.255.255", "::"]],
  [
    "reserved",
    ["192.0.0.1", "192.88.99.1", "240.0.0.1", "255.255.255.254", "100::1", "4000::1", "2001:10::1", "5f00::1"]
  ],
  ["documentation", ["192.0.2.1", "198.51.100.1", "203.0.113.255", "2001:db8::1", "3fff:fff::1"]],
  ["benchmark", ["198.18.0.1", "198.19.255.255", "2001:2::1"]],
  ["mapped", ["::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:10.0.0.1", "::8.8.8.8", "::7f00:1"]],
  ["nat64", ["64:ff9b::8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"]],
  ["teredo", ["2001:0:4136:e378:8000:63bf:3fff:fdd2"]],
  ["6to4", ["2002:7f00:1::", "2002:808:808::1"]],
  ["isatap", ["2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:7f00:1"]]
]

const byte = fc.integer({ min: 0, max: 255 })
/** IPv4 addresses that lead into a machine or its own network. */
const inner = fc.oneof(
  fc.tuple(fc.constant(127), byte, byte, byte),
  fc.tuple(fc.constant(10), byte, byte, byte),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), byte, byte),
  fc.tuple(fc.constant(0), byte, byte, byte)
)
const hex = (n: number) => n.toString(16)

describe("AddressPolicy", () => {
  for (const [name, texts] of known) {
    it(`T21: ${texts.join(", ")}: ${name}`, () => {
      for (const text of texts) assert.strictEqual(classify(at(text)), name, text)
    })
  }

  it("T21: an inner IPv4 address is not public in any IPv6 address that carries it", () => {
    fc.assert(
      fc.property(inner, ([a, b, c, d]) => {
        const tail = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`
        const carriers = [
          `::ffff:${tail}`,
          `::ffff:${a}.${b}.${c}.${d}`,
          `::${tail}`,
          `::ffff:0:${tail}`,
          `64:ff9b::${tail}`,
          `64:ff9b:1::${tail}`,
          `2002:${tail}::1`,
          `2606:4700::5efe:${tail}`,
          `2606:4700::200:5efe:${tail}`
        ]
        for (const text of [`${a}.${b}.${c}.${d}`, ...carriers])
          assert.notStrictEqual(classify(at(text)), "public", text)
      })
    )
  })

  it("a rule that names the address opens loopback and private networks, never link-local, metadata or transition", () => {
    const opened = ["127.0.0.1", "::1", "10.0.0.1", "fd00::1", "100.64.0.1"]
    const never = ["169.254.169.254", "fd00:ec2::254", "169.254.0.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1"]
    for (const text of opened)
      assert.isUndefined(
        refused([at(text)], () => true),
        text
      )
    for (const text of [...never, "::ffff:127.0.0.1", "64:ff9b::1", "2002::", "255.255.255.255"]) {
      assert.isDefined(
        refused([at(text)], () => true),
        text
      )
      assert.isFalse(mayOpen(classify(at(text))))
    }
    for (const text of opened)
      assert.isDefined(
        refused([at(text)], () => false),
        text
      )
  })

  it("T21: one address that is not public refuses all of the name's", () => {
    const found = refused([at("8.8.8.8"), at("10.0.0.1")], () => false)
    assert.strictEqual(found?.class, "private")
    assert.isUndefined(refused([at("8.8.8.8"), at("2606:4700::1")], () => false))
    assert.isUndefined(refused([], () => false))
  })

  it("repeated addresses are taken once, in their order", () => {
    const all = ["8.8.8.8", "2606:4700::1", "8.8.8.8", "1.1.1.1", "2606:4700:0::1"].map(at)
    assert.deepStrictEqual(distinct(all).map(show), ["8.8.8.8", "2606:4700:0:0:0:0:0:1", "1.1.1.1"])
  })

  it("T28: an answer of a hundred thousand addresses is gone through once", () => {
    // comparing each with all others would take minutes
    const all = Array.from({ length: 100_000 }, (_, i): IpAddress => ({
      version: 4,
      bytes: [8, i >> 16, (i >> 8) & 255, i & 255]
    }))
    assert.strictEqual(distinct([...all, ...all]).length, all.length)
  })
})

describe("IpAddress", () => {
  it("takes the canonical IPv4 notation and no other", () => {
    const wrong = [
      "1.2.3",
      "1",
      "1.2.3.4.5",
      "01.2.3.4",
      "0x1.2.3.4",
      "256.1.1.1",
      "1.2.3.4 ",
      "1..2.3",
      "+1.2.3.4",
      ""
    ]
    for (const text of [...wrong, "1.2.3.1e1", "１.2.3.4"]) assert.isUndefined(parse(text), text)
    assert.deepStrictEqual(at("0.9.10.255").bytes, [0, 9, 10, 255])
  })

  it("takes every IPv6 notation of RFC 4291 and nothing else", () => {
    const right = [
      "::",
      "::1",
      "1::",
      "1:2:3:4:5:6:7:8",
      "1::8",
      "::1.2.3.4",
      "1:2:3:4:5:6:1.2.3.4",
      "ABCD::ef",
      "1:2:3:4:5:6:7::"
    ]
    for (const text of right) assert.strictEqual(parse(text)?.version, 6, text)
    const wrong = [
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3",
      ":::",
      "1:2:3:4:5:6:7:8::",
      "12345::",
      "g::",
      "::1%eth0"
    ]
    const more = [
      "::1.2.3",
      "::01.2.3.4",
      "1.2.3.4::",
      "1.2.3.4::1",
      "::1.2.3.4:5",
      "[::1]",
      ":1",
      "1:",
      ":",
      `${"0".repeat(46)}::`
    ]
    for (const text of [...wrong, ...more]) assert.isUndefined(parse(text), text)
  })

  it("what is shown is read as the same address", () => {
    const v4 = fc.array(byte, { minLength: 4, maxLength: 4 }).map((bytes): IpAddress => ({ version: 4, bytes }))
    const v6 = fc.array(byte, { minLength: 16, maxLength: 16 }).map((bytes): IpAddress => ({ version: 6, bytes }))
    fc.assert(fc.property(fc.oneof(v4, v6), (address) => equal(at(show(address)), address)))
    assert.isFalse(equal(at("0.0.0.0"), at("::")))
  })
})
