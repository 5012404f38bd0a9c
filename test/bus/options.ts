import type * as Bus from "../../layers/bus/Bus.ts"

/** Limits that no test reaches by chance. */
export const memoryOptions = (): Pick<Bus.Options, "broker" | "memory" | "transport"> => ({
  broker: {
    maxChannels: 1000,
    maxJoins: 100,
    maxPresence: 100,
    maxRecovered: 1000,
    showNotes: false,
    settings: { overflow: "cut", keepMessages: 1000, keepSeconds: 3600 }
  },
  memory: { window: { millis: 120_000, keys: 10_000 }, maxTenantBytes: 64 * 1024 * 1024 },
  transport: {
    allowJson: false,
    helloMillis: 5000,
    maxFrameBytes: 262_144,
    maxQueueBytes: 1_048_576,
    maxInFlight: 1024,
    maxConnectionsPerTenant: 10_000,
    maxConnectionsPerPrincipal: 10_000,
    limits: {
      maxFrameBytes: 262_144,
      maxQueueBytes: 1_048_576,
      maxJoins: 100,
      publishesPerSecond: 1000,
      heartbeatMillis: 30_000
    }
  }
})
