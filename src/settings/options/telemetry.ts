/** `[telemetry]` as the exporter takes it. Pure. */
import { forLogs } from "../../casil/ForLogs.ts"
import type { SettingsValues } from "../Settings.ts"
import { casilPolicy } from "./casil.ts"

export const telemetry = (values: SettingsValues) => ({
  endpoint: values.telemetry.otlp_endpoint,
  sample: values.telemetry.sample,
  logs: values.telemetry.logs,
  forLogs: forLogs(casilPolicy(values))
})
