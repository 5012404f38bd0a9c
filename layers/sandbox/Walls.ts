/** Which walls stand around a slot, as the system itself tells: for an operator who wants to know. */
import { readFileSync, readlinkSync } from "node:fs"

export interface Wall {
  readonly name: string
  readonly stands: boolean
}

// what cannot be read does not stand
const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}
const link = (file: string): string => {
  try {
    return readlinkSync(file)
  } catch {
    return ""
  }
}

/** Of the process `pid`; empty where the system does not tell, which is everywhere but on Linux. */
export const walls = (pid: number): ReadonlyArray<Wall> => {
  const status = read(`/proc/${pid}/status`)
  const network = link(`/proc/${pid}/ns/net`)
  if (status === "" || network === "") return []
  const priority = Number(/\) (?:\S+ ){16}(-?\d+)/.exec(read(`/proc/${pid}/stat`))?.[1])
  return [
    { name: "process of its own", stands: pid !== process.pid },
    { name: "permission model", stands: read(`/proc/${pid}/cmdline`).split("\0").includes("--permission") },
    { name: "network namespace", stands: network !== link("/proc/self/ns/net") },
    { name: "no privileges", stands: /^CapPrm:\t0+$/m.test(status) && /^NoNewPrivs:\t1$/m.test(status) },
    {
      name: "empty environment",
      stands: read(`/proc/${pid}/environ`)
        .split("\0")
        .every((entry) => /^(?:|PWD=.*|SHLVL=.*|_=.*|OLDPWD=.*)$/.test(entry))
    },
    { name: "processor time limit", stands: !/^Max cpu time\s+unlimited/m.test(read(`/proc/${pid}/limits`)) },
    { name: "first to go when memory is short", stands: read(`/proc/${pid}/oom_score_adj`).trim() === "1000" },
    { name: "lower priority", stands: priority > 0 }
  ]
}
