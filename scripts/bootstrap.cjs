/* The one door of `npm start`, `npm test` and the other commands.
 *
 * Written in old syntax, because it is what a Node that is too old for exoclaw must be able to read (16 and later):
 * it installs what package-lock.json pins, finds a Node that is new enough (npm brings Node 24 as a package of
 * tools/node, otherwise the system's is taken), and runs everything else on that one.
 */
"use strict"

var childProcess = require("child_process")
var crypto = require("crypto")
var fs = require("fs")
var os = require("os")
var path = require("path")

var root = path.resolve(__dirname, "..")
var modules = path.join(root, "node_modules")
var bin = path.join(modules, ".bin")
var dist = path.join(root, "dist")
var installMarker = path.join(modules, ".exoclaw-install")
var resultsFile = path.join(modules, ".exoclaw-tests-" + process.pid + ".json")

var MINIMUM = [22, 19]

// ---------------------------------------------------------------- words

function say(text) {
  process.stderr.write("exoclaw: " + text + "\n")
}

function refuse(text, code) {
  say(text)
  process.exit(code || 1)
}

// ---------------------------------------------------------------- node

function isNewEnough(version) {
  var parts = String(version).replace(/^v/, "").split(".").map(Number)
  return parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1])
}

function versionOf(file) {
  var asked = childProcess.spawnSync(file, ["-p", "process.versions.node"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"]
  })
  return asked.status === 0 ? asked.stdout.trim() : undefined
}

function pathWithoutOurBin() {
  return (process.env.PATH || "")
    .split(path.delimiter)
    .filter(function (entry) {
      return entry !== "" && path.resolve(entry) !== bin
    })
    .join(path.delimiter)
}

function onPath(name) {
  var suffixes = process.platform === "win32" ? [".exe", ".cmd", ""] : [""]
  var folders = pathWithoutOurBin().split(path.delimiter)
  for (var i = 0; i < folders.length; i++) {
    for (var j = 0; j < suffixes.length; j++) {
      var file = path.join(folders[i], name + suffixes[j])
      if (fs.existsSync(file)) return file
    }
  }
  return undefined
}

/** The Node everything else runs on: the one npm brought, else the system's, if it is new enough. */
function findNode() {
  var names = process.platform === "win32" ? ["node.exe", "node"] : ["node"]
  var candidates = names.map(function (name) {
    return path.join(bin, name)
  })
  candidates.push(process.execPath)
  var system = onPath("node")
  if (system !== undefined) candidates.push(system)
  for (var i = 0; i < candidates.length; i++) {
    if (!fs.existsSync(candidates[i])) continue
    var version = versionOf(candidates[i])
    if (version !== undefined && isNewEnough(version)) return fs.realpathSync(candidates[i])
  }
  return refuse(
    "Node.js " +
      MINIMUM.join(".") +
      " or later is needed, this is " +
      process.version +
      " and npm brought none that runs on " +
      process.platform +
      "-" +
      process.arch +
      ": install Node.js 24 from https://nodejs.org and run the command again."
  )
}

function environment(node) {
  var env = Object.assign({}, process.env)
  env.PATH = [path.dirname(node), bin, pathWithoutOurBin()].join(path.delimiter)
  return env
}

// ---------------------------------------------------------------- install

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, "utf8"))
}

function lockHash() {
  var file = path.join(root, "package-lock.json")
  if (!fs.existsSync(file))
    refuse("package-lock.json is missing: this is no complete copy of the repository, clone it again.")
  return crypto
    .createHash("sha256")
    .update(fs.readFileSync(file))
    .update(process.platform + "-" + process.arch)
    .digest("hex")
}

/** Whether what is installed is what the lock says, as npm's own record of it tells; spares a second installation. */
function matchesLock() {
  var record = path.join(modules, ".package-lock.json")
  if (!fs.existsSync(record)) return false
  var wanted = readJson(path.join(root, "package-lock.json")).packages
  var present = readJson(record).packages
  return Object.keys(wanted).every(function (name) {
    var entry = wanted[name]
    if (name.indexOf("node_modules/") !== 0 || entry.link) return true
    if (present[name] === undefined) return Boolean(entry.optional || entry.devOptional || entry.peer)
    return present[name].version === entry.version && present[name].integrity === entry.integrity
  })
}

function npmCommand() {
  var fromPath = onPath("npm")
  if (fromPath !== undefined) return { file: fromPath, args: [], shell: process.platform === "win32" }
  var started = process.env.npm_execpath
  if (started !== undefined && started.slice(-10) === "npm-cli.js" && fs.existsSync(started)) {
    return { file: process.execPath, args: [started], shell: false }
  }
  return refuse("npm is not on the PATH: install Node.js with npm from https://nodejs.org and run the command again.")
}

function explainInstall(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|proxy/i.test(output)) {
    return "the npm registry could not be reached: check the network (or `npm config get registry` and the proxy) and run the command again."
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return "npm may not write to " + modules + ": give your user write access to the folder and run the command again."
  }
  if (/ENOSPC/.test(output)) return "the disk is full: free about 1 GB and run the command again."
  if (/EUSAGE|in sync/.test(output)) {
    return "package.json and package-lock.json disagree: run `npm install`, look at the difference, and run the command again."
  }
  if (/EINTEGRITY/.test(output)) {
    return "a package differs from what package-lock.json pins: run `npm cache clean --force` and the command again; if it stays, do not go on."
  }
  return "`npm ci` failed: run it by hand in " + root + " to see why, then run the command again."
}

function install() {
  var hash = lockHash()
  if (fs.existsSync(installMarker) && fs.readFileSync(installMarker, "utf8") === hash) return
  if (!matchesLock()) {
    var npm = npmCommand()
    say("installing what package-lock.json pins (once; about a minute) ...")
    var env = Object.assign({}, process.env)
    env.PATH = pathWithoutOurBin()
    var args = npm.args.concat([
      "ci",
      "--include=dev",
      "--include=optional",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund"
    ])
    var done = childProcess.spawnSync(npm.file, args, {
      cwd: root,
      env: env,
      encoding: "utf8",
      shell: npm.shell,
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024
    })
    if (done.error || done.status !== 0) {
      var output = String(done.stdout || "") + String(done.stderr || "") + String(done.error || "")
      if (process.env.CI || process.env.EXOCLAW_DEBUG) process.stderr.write(output.trim() + "\n")
      refuse(explainInstall(output))
    }
  }
  fs.writeFileSync(installMarker, hash)
}

// ---------------------------------------------------------------- build

function listFiles(folder, into) {
  if (!fs.existsSync(folder)) return into
  fs.readdirSync(folder, { withFileTypes: true }).forEach(function (entry) {
    var file = path.join(folder, entry.name)
    if (entry.name === "node_modules" || entry.name === "build" || entry.name.charAt(0) === ".") return
    if (entry.isDirectory()) listFiles(file, into)
    else if (entry.isFile()) into.push(file)
  })
  return into
}

function inputHash() {
  var files = ["src", "layers", "plugins"].reduce(function (into, folder) {
    return listFiles(path.join(root, folder), into)
  }, [])
  var own = ["build.mjs", "build-plugins.mjs", "describe-plugins.mjs", "merge-chunks.mjs"].map(function (name) {
    return "scripts/" + name
  })
  ;["package.json", "package-lock.json", "tsconfig.json"].concat(own).forEach(function (name) {
    files.push(path.join(root, name))
  })
  var hash = crypto.createHash("sha256")
  files.sort().forEach(function (file) {
    hash
      .update(path.relative(root, file) + "\0")
      .update(fs.readFileSync(file))
      .update("\0")
  })
  return hash.digest("hex")
}

function build(node, always) {
  var marker = path.join(dist, ".build")
  var hash = inputHash()
  if (!always && fs.existsSync(marker) && fs.readFileSync(marker, "utf8") === hash) return
  say("building ...")
  var code = run(node, [path.join(root, "scripts", "build.mjs")].concat(always ? [] : ["--quiet"]))
  if (code !== 0) refuse("the build failed: the message above says where.", code)
  fs.writeFileSync(marker, hash)
}

// ---------------------------------------------------------------- running

function run(node, args) {
  var done = childProcess.spawnSync(node, args, { cwd: root, env: environment(node), stdio: "inherit" })
  if (done.error) {
    say(done.error.message)
    return 1
  }
  return done.status === null ? 1 : done.status
}

/** The JavaScript file of an installed tool, so that it runs on the Node we chose and not on the one its first line finds. */
function tool(name) {
  return fs.realpathSync(path.join(bin, name))
}

/** Hides the value of `--token`: what the program is started with, everybody on this machine can read. It gets it apart. */
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

/** Runs a program that stays: signals go to it, its exit code is ours, and it does not outlive the `npm` that started it. */
function stay(node, args) {
  var env = environment(node)
  env.EXOCLAW_LAUNCHER = String(process.pid)
  args = withoutToken(args, env)
  process.title = "exoclaw"
  var child = childProcess.spawn(node, args, { cwd: process.env.INIT_CWD || root, env: env, stdio: "inherit" })
  var parent = process.ppid
  var watch = setInterval(function () {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return
    clearInterval(watch)
    child.kill("SIGTERM")
  }, 500)
  ;["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends Ctrl-C to the whole group: the program has it already.
      if (signal === "SIGINT" && process.stdin.isTTY) return
      child.kill(signal)
    })
  })
  child.on("error", function (error) {
    refuse(error.message)
  })
  child.on("exit", function (code, signal) {
    clearInterval(watch)
    process.exit(code !== null ? code : 128 + (os.constants.signals[signal] || 0))
  })
}

// ---------------------------------------------------------------- tests

/** How many tests of these files passed, failed and were skipped. */
function countOf(files) {
  var counted = { passed: 0, failed: 0, skipped: 0 }
  files.forEach(function (file) {
    file.assertionResults.forEach(function (test) {
      counted[test.status === "passed" || test.status === "failed" ? test.status : "skipped"]++
    })
    // A file that does not even load has no test to fail: it counts as one.
    if (file.status === "failed" && file.assertionResults.length === 0) counted.failed++
  })
  return counted
}

/** A run of vitest: its exit code, what it wrote down of each file, undefined if it ended before it had a result, and
 * how many errors stood outside every test. */
function vitest(node, args) {
  var reporters = ["default", "json", path.join(root, "scripts", "unhandled-errors.mjs")].map(function (name) {
    return "--reporter=" + name
  })
  var common = [path.join(modules, "vitest", "vitest.mjs"), "run"].concat(reporters)
  var code = run(node, common.concat("--outputFile.json=" + resultsFile, args))
  if (!fs.existsSync(resultsFile)) return { code: code, files: undefined, unhandled: 0 }
  var files = readJson(resultsFile).testResults
  var errorsFile = resultsFile + ".unhandled"
  var unhandled = fs.existsSync(errorsFile) ? Number(fs.readFileSync(errorsFile, "utf8")) : 0
  fs.rmSync(resultsFile, { force: true })
  fs.rmSync(errorsFile, { force: true })
  return { code: code, files: files, unhandled: unhandled }
}

function isFailed(file) {
  return file.status === "failed"
}

function named(file) {
  return path.relative(root, file.name)
}

/** A line for everything that failed in these files; a file that does not load has no names. */
function sayFailures(headline, files) {
  files.filter(isFailed).forEach(function (file) {
    var names = file.assertionResults
      .filter(isFailed)
      .map(function (test) {
        return test.fullName
      })
      .concat(file.assertionResults.some(isFailed) ? [] : ["(outside its tests)"])
    names.forEach(function (name) {
      process.stdout.write(headline + ": " + named(file) + " > " + name + "\n")
    })
  })
}

/** What is left after the failing files ran once more, alone: theirs from then, everything else from the first run. */
function afterSecondTry(node, projectArgs, first) {
  var names = first.files.filter(isFailed).map(named)
  sayFailures("failed at the first try", first.files)
  say("once more, alone: " + names.join(", "))
  var second = vitest(node, projectArgs.concat(names))
  if (second.files === undefined) return first
  if (second.code === 0) sayFailures("passed only at the second try", first.files)
  var rest = first.files.filter(function (file) {
    return !isFailed(file)
  })
  return { code: second.code, files: rest.concat(second.files) }
}

// More failing files than this are no accident of a busy machine.
var SECOND_TRY = 3

/** Runs the given tests and ends the process; the last line printed is always `N passed, N failed, N skipped`.
 *
 * The tests start hundreds of real processes, sockets and servers. In a whole run a few failing files are therefore
 * tried once more, alone: what fails again has failed; what passes then is counted as passed, and named as doubtful.
 * Where an error stood outside every test, such as a process of the runner that crashed, nothing is.
 */
function testAndExit(node, projects, extra, coverage) {
  var projectArgs = []
  projects.forEach(function (project) {
    projectArgs.push("--project", project)
  })
  var last = vitest(node, projectArgs.concat(coverage ? ["--coverage"] : [], extra))
  if (last.files === undefined)
    refuse("the test runner ended before it had a result: the message above says why.", last.code || 1)
  var failing = last.files.filter(isFailed).length
  if (extra.length === 0 && last.unhandled === 0 && failing > 0 && failing <= SECOND_TRY) {
    last = afterSecondTry(node, projectArgs, last)
    if (coverage) say("the coverage floors were not looked at: for that, everything has to pass at once.")
  }
  var counted = countOf(last.files)
  var code = last.code
  if (code === 0 && counted.failed > 0) code = 1
  sayFailures("failed", last.files)
  if (code !== 0 && counted.failed === 0)
    say("a coverage floor was missed, or an error stood outside every test: see above.")
  if (counted.passed + counted.failed === 0) {
    say("no test ran: the names given match none.")
    code = code || 1
  }
  process.stdout.write(
    counted.passed + " passed, " + counted.failed + " failed, " + counted.skipped + " skipped\n",
    function () {
      process.exit(code)
    }
  )
}

// ---------------------------------------------------------------- checks

function checks(node) {
  var steps = [
    ["types", tool("tsc"), "--noEmit", "-p", "tsconfig.json"],
    [
      "effect diagnostics",
      tool("effect-tsgo"),
      "diagnostics",
      "--project",
      "tsconfig.json",
      "--severity",
      "error,warning"
    ],
    ["lint", tool("oxlint"), "--deny-warnings"],
    ["format", tool("oxfmt"), "--check", "."]
  ]
  var failed = []
  steps.forEach(function (step) {
    say(step[0] + " ...")
    if (run(node, step.slice(1)) !== 0) failed.push(step[0])
  })
  if (failed.length > 0) say("failed: " + failed.join(", "))
  return failed.length === 0 ? 0 : 1
}

// ---------------------------------------------------------------- commands

/** Each is given the Node to run on and the arguments after its name; those not listed in `BUILT` need no build. */
var COMMANDS = {
  start: function (node, extra) {
    stay(node, [path.join(dist, "exoclaw.js"), "gateway"].concat(extra))
  },
  test: function (node, extra) {
    testAndExit(node, ["unit", "integration"], extra, extra.length === 0)
  },
  coverage: function (node, extra) {
    testAndExit(node, ["unit", "integration"], extra, true)
  },
  "test:unit": function (node, extra) {
    testAndExit(node, ["unit"], extra, false)
  },
  /** Ten times as many random schedules, and rounds of processes that are killed, as every run has. */
  "test:long": function (node, extra) {
    process.env.EXOCLAW_LONG = "1"
    testAndExit(node, ["unit", "integration"], extra.length > 0 ? extra : ["schedules", "soak"], false)
  },
  "test:integration": function (node, extra) {
    testAndExit(node, ["integration"], extra, false)
  },
  build: function (node) {
    build(node, true)
  },
  static: function (node) {
    process.exit(checks(node))
  },
  check: function (node, extra) {
    if (checks(node) !== 0) process.exit(1)
    testAndExit(node, ["unit"], extra, false)
  },
  bench: function (node, extra) {
    process.exit(run(node, [path.join(root, "test", "bench", "main.ts")].concat(extra)))
  },
  run: function (node, extra) {
    if (extra.length === 0) refuse("`run` needs the name of an installed tool or a file.", 2)
    var installed = extra[0] !== "node" && fs.existsSync(path.join(bin, extra[0]))
    if (extra[0] === "node") extra = extra.slice(1)
    process.exit(run(node, installed ? [tool(extra[0])].concat(extra.slice(1)) : extra))
  }
}

var BUILT = ["start", "test", "coverage", "test:integration", "bench"]

function main(name, extra) {
  var usage = "usage: node scripts/bootstrap.cjs " + Object.keys(COMMANDS).join("|") + " [arguments]"
  if (name === undefined) return refuse(usage, 2)
  if (!Object.prototype.hasOwnProperty.call(COMMANDS, name))
    return refuse("there is no command `" + name + "`; " + usage, 2)
  install()
  var node = findNode()
  if (BUILT.indexOf(name) >= 0) build(node, false)
  return COMMANDS[name](node, extra)
}

main(process.argv[2], process.argv.slice(3))
