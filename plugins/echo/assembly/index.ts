// Says what it is told: the smallest tool there is.
import { done, input, Kind, object, output, parse, property, refused, tool } from "../../pdk/index";

export function describe(): i32 {
  output(
    tool(
      "echo",
      "Repeats a message word for word.",
      object([property("message", "string", "What to repeat.")], ["message"]),
      true
    )
  );
  return 0;
}

export function handle_tool_call(): i32 {
  const message = parse(input()).get("message");
  if (message === null || message.kind != Kind.Text) refused('echo needs {"message": text}');
  else done("echo: " + message.text);
  return 0;
}
