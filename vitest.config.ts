import { defineConfig } from "vitest/config"
import { openScratch } from "./test/support/scratch.ts"

// here, because the processes that run the tests are started by this one
openScratch()

// The rooms whose every decision is tested: at least 90 % of their branches, over all their files together.
const floor = { branches: 90 }

// Programs under test wait for disks, deadlines and one another: two files at a time take two thirds of the time of one.
const maxWorkers = 2

// V8's bookkeeping of protected code pages may fail, and end the process, where threads with WebAssembly come and go.
const execArgv = ["--no-memory-protection-keys"]

// Two projects: `unit` starts no server and no process; `integration` uses the real ones.
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.it.test.ts"],
          testTimeout: 60_000,
          maxWorkers,
          execArgv
        }
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.it.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
          execArgv
        }
      }
    ],
    coverage: {
      provider: "v8",
      reporter: ["text-summary", "json-summary", "html"],
      reportsDirectory: "coverage",
      include: ["src/**/*.ts", "layers/**/*.ts"],
      // Programs of their own: they run in child processes, which the collector does not see.
      exclude: ["layers/entry.ts", "layers/main.ts", "layers/sandbox/*-main.ts"],
      thresholds: {
        "src/router/**": floor,
        "{src,layers}/budget/**": floor,
        "src/sandbox/**": floor,
        "src/gateway/**": floor
      }
    }
  }
})
