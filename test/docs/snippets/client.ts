import { connect } from "exoclaw/client"

const gateway = await connect({ url: "ws://127.0.0.1:7200" })
const chat = gateway.chat({ content: "remember that my dog is called Luna" })
for await (const event of chat) if (event.type === "text") process.stdout.write(event.data.text)
console.log((await chat.result).receipt)
await gateway.close()
