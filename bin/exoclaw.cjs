#!/usr/bin/env node
/* Starts the bundle on a Node that is new enough; old syntax, so that an old Node can read it and say so. */
"use strict"

var fs = require("fs")
var path = require("path")

var root = path.resolve(__dirname, "..")
var program = path.join(root, "dist", "exoclaw.js")
var version = process.versions.node.split(".").map(Number)
var isNewEnough = version[0] > 22 || (version[0] === 22 && version[1] >= 19)

function refuse(text) {
  process.stderr.write("exoclaw: " + text + "\n")
  process.exit(1)
}

/** Hides the value of `--token`: what the child is started with, everybody on this machine can read. It gets it apart. */
function withoutToken(args, env) {
  var operands = args.indexOf("--")
  return args.map(function (arg, i) {
    if (operands >= 0 && i > operands) return arg
    var attached = arg.indexOf("--token=") === 0
    if (!attached && args[i - 1] !== "--token") return arg
    env.EXOCLAW_LAUNCHER_TOKEN = attached ? arg.slice("--token=".length) : arg
    return attached ? "--token=(hidden)" : "(hidden)"
  })
}

/** In a clone of the repository npm has brought a Node; the published package brings none. */
function runOn(node) {
  var env = Object.assign({}, process.env, { EXOCLAW_LAUNCHER: String(process.pid) })
  var args = withoutToken(process.argv.slice(2), env)
  process.title = "exoclaw"
  var child = require("child_process").spawn(node, [program].concat(args), {
    stdio: "inherit",
    env: env
  })
  ;["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends Ctrl-C to the whole group: the program has it already.
      if (signal === "SIGINT" && process.stdin.isTTY) return
      child.kill(signal)
    })
  })
  child.on("error", function (error) {
    refuse(node + " does not start (" + error.message + "): install Node.js 24 from https://nodejs.org.")
  })
  child.on("exit", function (code, signal) {
    process.exit(code !== null ? code : 128 + (require("os").constants.signals[signal] || 0))
  })
}

if (!fs.existsSync(program)) {
  refuse("it is not built yet: run `npm run build` in " + root + " first.")
} else if (isNewEnough) {
  process.argv[1] = program
  import(require("url").pathToFileURL(program).href).catch(function (error) {
    refuse(error && error.stack ? error.stack : String(error))
  })
} else {
  var brought = path.join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node")
  if (fs.existsSync(brought)) runOn(fs.realpathSync(brought))
  else
    refuse(
      "Node.js 22.19 or later is needed, this is " + process.version + ": install Node.js 24 from https://nodejs.org."
    )
}
