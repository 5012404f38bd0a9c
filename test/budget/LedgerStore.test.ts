import * as Layer from "effect/Layer"
import { Books, layerBooks } from "../../layers/budget/MemoryLedgerStore.ts"
import * as SqliteLedgerStore from "../../layers/budget/SqliteLedgerStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { LedgerStore } from "../../src/budget/LedgerStore.ts"
import { ledgerStoreContract } from "./ledgerStoreContract.ts"

let books = new Books()
const memory: Layer.Layer<LedgerStore> = Layer.suspend(() => {
  books = new Books()
  return layerBooks(books)
})
ledgerStoreContract("memory", memory, () => books.audit.map((event) => event.kind))

let heard: Array<string> = []
const sqlite: Layer.Layer<LedgerStore> = Layer.suspend(() => {
  heard = []
  return Layer.orDie(
    Layer.provide(
      SqliteLedgerStore.layer((_db, event) => heard.push(event.kind)),
      SqliteStore.layerMemory
    )
  )
})
ledgerStoreContract("sqlite", sqlite, () => heard)
