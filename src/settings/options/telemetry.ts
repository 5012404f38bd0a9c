/** `[telemetry]` as the exporter takes it, with links of inspection that a program adds. Pure. */
import type { Classifier } from "../../casil/Classifier.ts"
import { forLogs } from "../../casil/ForLogs.ts"
import type { SettingsValues } from "../Settings.ts"
import { casilPolicy } from "./casil.ts"

export const telemetry = (values: SettingsValues, chain: ReadonlyArray<Classifier> = []) => ({
  endpoint: values.telemetry.otlp_endpoint,
  sample: values.telemetry.sample,
  logs: values.telemetry.logs,
  forLogs: forLogs(casilPolicy(values), chain)
})
