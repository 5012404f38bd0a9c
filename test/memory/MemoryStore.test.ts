import { stores } from "./fixtures.ts"
import { memoryStoreContract } from "./memoryStoreContract.ts"

for (const [name, layer] of Object.entries(stores)) memoryStoreContract(name, layer)
