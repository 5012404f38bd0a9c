/** The files of a new plugin, by path; the kit is copied beside them. */

/** What a new plugin is compiled with. */
export const COMPILER = "0.28.20"

/** The compiler's flags: a fresh instance per call never frees, and nothing runs before it is called. */
export const FLAGS: ReadonlyArray<string> = [
  "-O3",
  "--converge",
  "--noAssert",
  "--runtime",
  "stub",
  "--exportStart",
  "_initialize",
  "--maximumMemory",
  "512",
  "--use",
  "abort=assembly/pdk/kernel/onAbort"
]

/** Where the kit lies, from the source; apart from it, because it is no import of this file. */
const KIT = '"./pdk/index"'

const source = (
  name: string
): string => `// ${name}: counts the words of a text. Say here what it is for, in a sentence.
import { done, input, Kind, object, output, parse, property, refused, tool } from ${KIT};

/** What the model may call; asked once, without any grant. */
export function describe(): i32 {
  const text = property("text", "string", "The text.");
  output(tool("${name}", "Counts the words of a text.", object([text], ["text"]), true));
  return 0;
}

/** One call: JSON in, an answer out. The model reads a refusal, too. */
export function handle_tool_call(): i32 {
  const text = parse(input()).get("text");
  if (text === null || text.kind != Kind.Text) {
    refused('${name} needs {"text": text}');
    return 0;
  }
  const parts = text.text.split(" ");
  let words = 0;
  for (let i = 0; i < parts.length; i++) if (parts[i] != "") words++;
  done(words.toString() + (words == 1 ? " word" : " words"));
  return 0;
}
`

const manifest = (name: string): string => `name = "${name}"
version = "0.1.0"
format = "extism"
description = "Counts the words of a text."
capabilities = []

[tools.${name}]
idempotent = true
`

const packageJson = (name: string): string =>
  `${JSON.stringify(
    {
      name: name.toLowerCase(),
      version: "0.1.0",
      private: true,
      type: "module",
      scripts: { build: `asc assembly/index.ts --outFile build/${name}.wasm ${FLAGS.join(" ")}` },
      devDependencies: { assemblyscript: COMPILER }
    },
    null,
    2
  )}\n`

const readme = (name: string): string => `# ${name}

A plugin for exoclaw. \`assembly/index.ts\` is the plugin, \`assembly/pdk/README.md\` says what it can use.

    npm install
    exoclaw plugin build .
    exoclaw plugin test . --input-file input.json
    exoclaw plugin inspect .

Every capability it asks for stands in \`plugin.toml\` and is granted by whoever runs it, in \`config.toml\`:

    [[plugins]]
    name = "${name}"
    path = "/path/to/${name}/build/${name}.wasm"   # absolute, or from the folder of config.toml
    capabilities = []

Then \`exoclaw plugin load ${name}\`, and again after each build.
`

/** Path within the folder, and text. */
export const template = (name: string): ReadonlyArray<readonly [path: string, text: string]> => [
  ["assembly/index.ts", source(name)],
  [
    "assembly/tsconfig.json",
    `${JSON.stringify({ extends: "assemblyscript/std/assembly.json", include: ["./**/*.ts"] }, null, 2)}\n`
  ],
  ["plugin.toml", manifest(name)],
  ["package.json", packageJson(name)],
  ["input.json", '{ "text": "one two three" }\n'],
  ["README.md", readme(name)],
  [".gitignore", "node_modules\nbuild\n"]
]
