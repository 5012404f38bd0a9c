import { defineConfig } from "vitest/config"

// Two projects: `unit` starts no server and no process; `integration` uses the real ones.
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/**/*.it.test.ts"], testTimeout: 20_000 }
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.it.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false
        }
      }
    ]
  }
})
