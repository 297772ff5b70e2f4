import { expect } from "chai";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem } from "#src/errors/problem.js";

/** What stands below `operate:`, one key a line, and everything that `ligand check` says of it. */
type Mistake = readonly [what: string, written: readonly string[], said: readonly string[]];

/** Where a line of `operate:` is, in columns: its keys are indented by six. */
const mistakes: readonly Mistake[] = [
  [
    "a number as a duration",
    ["timeout: 5"],
    [
      "homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it's the number 5 [LIGAND_CONFIG_INVALID]",
      "  Write `5s` or `5ms`.",
    ],
  ],
  [
    "a duration of nothing",
    ["timeout: 0s"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "0s" [LIGAND_CONFIG_INVALID]',
      "  Write at least `1ms`.",
    ],
  ],
  [
    "a duration of two days",
    ["timeout: 2d"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "2d" [LIGAND_CONFIG_INVALID]',
      "  Write at most `1d`.",
    ],
  ],
  [
    "a duration with a unit that is written out",
    ["timeout: 500 msec"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "500 msec" [LIGAND_CONFIG_INVALID]',
      "  Write `500ms`.",
    ],
  ],
  [
    "a duration that is no number",
    ["timeout: soon"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "soon" [LIGAND_CONFIG_INVALID]',
      "  Write a number and a unit, such as `500ms`, `2s` or `5m`.",
    ],
  ],
  [
    "a share as a number",
    ["share: 0.1"],
    [
      "homeserver.yaml:4:14 modules[0].operate.share: `share` must be a percentage from `0%` to `100%`, but it's the number 0.1 [LIGAND_CONFIG_INVALID]",
      "  Write `10%`.",
    ],
  ],
  [
    "a share above the whole",
    ["share: 120%"],
    [
      'homeserver.yaml:4:14 modules[0].operate.share: `share` must be a percentage from `0%` to `100%`, but it\'s the string "120%" [LIGAND_CONFIG_INVALID]',
      "  Write at most `100%`.",
    ],
  ],
  [
    "a negative share",
    ["share: -10%"],
    [
      'homeserver.yaml:4:14 modules[0].operate.share: `share` must be a percentage from `0%` to `100%`, but it\'s the string "-10%" [LIGAND_CONFIG_INVALID]',
      "  Write a number and `%`, such as `10%`.",
    ],
  ],
  [
    "a boolean as the mode",
    ["mode: false"],
    [
      "homeserver.yaml:4:13 modules[0].operate.mode: `mode` must be `enforce`, `shadow` or `disabled`, but it's the boolean false [LIGAND_CONFIG_INVALID]",
      "  Write `mode: disabled`.",
    ],
  ],
  [
    "a misspelt mode",
    ["mode: shadwo"],
    [
      'homeserver.yaml:4:13 modules[0].operate.mode: `mode` must be `enforce`, `shadow` or `disabled`, but it\'s the string "shadwo" [LIGAND_CONFIG_INVALID]',
      "  Did you mean `shadow`?",
    ],
  ],
  [
    "`only` with an empty list",
    ["only: { room: [] }"],
    [
      "homeserver.yaml:4:21 modules[0].operate.only.room: `room` must be a pattern of room ids, such as `!abc:example.org`, or a list of them, but it's an empty list [LIGAND_CONFIG_INVALID]",
      "  List at least one, or leave the key out: nothing matches an empty list.",
    ],
  ],
  [
    "a misspelt key and a wrong item of a matcher",
    ["only: { sendr: a, type: [m.room.message, 3] }"],
    [
      "homeserver.yaml:4:15 modules[0].operate.only.sendr: `sendr` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `sender`?",
      "homeserver.yaml:4:48 modules[0].operate.only.type[1]: `type[1]` must be a string that isn't empty, but it's the number 3 [LIGAND_CONFIG_INVALID]",
      "  Put the value in quotes.",
    ],
  ],
  [
    "an origin that there isn't",
    ["except: { origin: [local, remote] }"],
    [
      'homeserver.yaml:4:33 modules[0].operate.except.origin[1]: `origin[1]` must be `local` or `federation`, but it\'s the string "remote" [LIGAND_CONFIG_INVALID]',
      "  Change the value.",
    ],
  ],
  [
    "a server with its port",
    ["except: { server: 'example.org:8448' }"],
    [
      'homeserver.yaml:4:25 modules[0].operate.except.server: `server` must be the name of a server, without its port, or a list of them, but it\'s the string "example.org:8448" [LIGAND_CONFIG_INVALID]',
      "  Write `example.org`.",
    ],
  ],
  [
    "a misspelt policy",
    ["on_failure: denny"],
    [
      'homeserver.yaml:4:19 modules[0].operate.on_failure: `on_failure` must be `default`, `allow`, `deny` or `error`, or a mapping of `local` and `federation` to one of them, but it\'s the string "denny" [LIGAND_CONFIG_INVALID]',
      "  Did you mean `deny`?",
    ],
  ],
  [
    "a policy for an origin that there isn't",
    ["on_failure: { locals: deny }"],
    [
      "homeserver.yaml:4:19 modules[0].operate.on_failure: `on_failure` must be `default`, `allow`, `deny` or `error`, or a mapping of `local` and `federation` to one of them, but it's a mapping [LIGAND_CONFIG_INVALID]",
      "  Did you mean `local`?",
    ],
  ],
  [
    "a circuit breaker out of range",
    ["circuit_breaker: { failure_rate: 0%, min_calls: 0, window: 60, open_for: 30s, opens: 1 }"],
    [
      'homeserver.yaml:4:40 modules[0].operate.circuit_breaker.failure_rate: `failure_rate` must be a percentage above `0%`, up to `100%`, but it\'s the string "0%" [LIGAND_CONFIG_INVALID]',
      "  Write a share such as `50%`.",
      "homeserver.yaml:4:55 modules[0].operate.circuit_breaker.min_calls: `min_calls` must not be less than 1, but it's the number 0 [LIGAND_CONFIG_INVALID]",
      "  Change the value, or leave `min_calls` out; the default is 20.",
      "homeserver.yaml:4:66 modules[0].operate.circuit_breaker.window: `window` must be a duration with a unit, from `1ms` to `1d`, but it's the number 60 [LIGAND_CONFIG_INVALID]",
      "  Write `60s` or `60ms`.",
      "homeserver.yaml:4:85 modules[0].operate.circuit_breaker.opens: `opens` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Remove the key; the known keys are `failure_rate`, `min_calls`, `window`, `open_for`.",
    ],
  ],
  [
    "a process name with a slash",
    ["process: filters/links"],
    [
      'homeserver.yaml:4:16 modules[0].operate.process: `process` must be `main`, `own`, or a name of at most 64 letters, digits, `-` and `_`, but it\'s the string "filters/links" [LIGAND_CONFIG_INVALID]',
      "  Write a name such as `filters-links`.",
    ],
  ],
  [
    "memory below what Node starts with",
    ["process: own", "memory: 16MiB"],
    [
      'homeserver.yaml:5:15 modules[0].operate.memory: `memory` must be a size with a unit, of `64MiB` or more, but it\'s the string "16MiB" [LIGAND_CONFIG_INVALID]',
      "  Write at least `64MiB`: Node itself needs that much to start.",
    ],
  ],
  [
    "memory as a number, and in units of a thousand",
    ["process: own", "memory: 256"],
    [
      "homeserver.yaml:5:15 modules[0].operate.memory: `memory` must be a size with a unit, of `64MiB` or more, but it's the number 256 [LIGAND_CONFIG_INVALID]",
      "  Write `256MiB`.",
    ],
  ],
  [
    "permissions and memory for `main`",
    ["permissions: { network: false }", "memory: 256MiB"],
    [
      "homeserver.yaml:4:7 modules[0].operate.permissions: `permissions` can't be set for the homeserver's own process [LIGAND_CONFIG_INVALID]",
      "  Write `process: own` as well.",
      "homeserver.yaml:5:7 modules[0].operate.memory: `memory` can't be set for the homeserver's own process [LIGAND_CONFIG_INVALID]",
      "  Write `process: own` as well.",
    ],
  ],
  [
    "permissions and memory in an entry whose process has a name",
    ["process: filters", "permissions: { network: false }", "memory: 256MiB"],
    [
      "homeserver.yaml:5:7 modules[0].operate.permissions: `permissions` of the process `filters` can't be set by one of its modules [LIGAND_CONFIG_INVALID]",
      "  Write it below `filters:` in `module_processes:`.",
      "homeserver.yaml:6:7 modules[0].operate.memory: `memory` of the process `filters` can't be set by one of its modules [LIGAND_CONFIG_INVALID]",
      "  Write it below `filters:` in `module_processes:`.",
    ],
  ],
  [
    "permissions of the wrong types",
    ["process: own", "permissions: { read: ./data, write: [1], child_processes: 1, env: [A=1] }"],
    [
      'homeserver.yaml:5:28 modules[0].operate.permissions.read: `read` must be a list of paths, but it\'s the string "./data" [LIGAND_CONFIG_INVALID]',
      "  Write a list: one item per line, after `- `, or `[a, b]`.",
      "homeserver.yaml:5:44 modules[0].operate.permissions.write[0]: `write[0]` must be a string that isn't empty, but it's the number 1 [LIGAND_CONFIG_INVALID]",
      "  Put the value in quotes.",
      "homeserver.yaml:5:65 modules[0].operate.permissions.child_processes: `child_processes` must be `true` or `false`, but it's the number 1 [LIGAND_CONFIG_TYPE]",
      "  Change the value, or leave `child_processes` out; the default is false.",
      'homeserver.yaml:5:74 modules[0].operate.permissions.env[0]: `env[0]` must be the name of an environment variable, but it\'s the string "A=1" [LIGAND_CONFIG_INVALID]',
      "  Write `A`: it has the value that it has here.",
    ],
  ],
  [
    "a misspelt service",
    ["shadow: { services: [HttpCleint] }"],
    [
      'homeserver.yaml:4:28 modules[0].operate.shadow.services[0]: `services[0]` must be a service, but it\'s the string "HttpCleint" [LIGAND_CONFIG_INVALID]',
      "  Did you mean `HttpClient`?",
    ],
  ],
  [
    "a log level that there isn't",
    ["log_level: trace"],
    [
      'homeserver.yaml:4:18 modules[0].operate.log_level: `log_level` must be `error`, `warn`, `info`, `http`, `verbose`, `debug` or `silly`, but it\'s the string "trace" [LIGAND_CONFIG_INVALID]',
      "  Change the value, or leave `log_level` out.",
    ],
  ],
  [
    "a misspelt hook, one twice, and keys that hooks don't have",
    [
      "hooks:",
      "  checkEventForSpan: { timeout: 2s }",
      "  check_event_for_spam: { process: own, log_level: debug }",
      "  checkEventForSpam: { memory: 1GiB }",
    ],
    [
      "homeserver.yaml:5:9 modules[0].operate.hooks.checkEventForSpan: `checkEventForSpan` isn't a hook [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `checkEventForSpam`?",
      "homeserver.yaml:6:33 modules[0].operate.hooks.check_event_for_spam.process: `process` is a matter of the whole module, not of one hook [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Write `process` above `hooks:`, directly below `operate:`.",
      "homeserver.yaml:6:47 modules[0].operate.hooks.check_event_for_spam.log_level: `log_level` is a matter of the whole module, not of one hook [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Write `log_level` above `hooks:`, directly below `operate:`.",
      "homeserver.yaml:7:9 modules[0].operate.hooks.checkEventForSpam: `check_event_for_spam` and `checkEventForSpam` are the same hook [LIGAND_CONFIG_DUPLICATE_KEY]",
      "  Write both as one.",
      "homeserver.yaml:7:30 modules[0].operate.hooks.checkEventForSpam.memory: `memory` is a matter of the whole module, not of one hook [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Write `memory` above `hooks:`, directly below `operate:`.",
    ],
  ],
  [
    "a duration in two units",
    ["timeout: 1m30s"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "1m30s" [LIGAND_CONFIG_INVALID]',
      "  Write `90s`.",
    ],
  ],
  [
    "a duration in a unit that there isn't",
    ["timeout: 1 month"],
    [
      'homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it\'s the string "1 month" [LIGAND_CONFIG_INVALID]',
      "  Write a number and one of the units `ms`, `s`, `m`, `h` and `d`.",
    ],
  ],
  [
    "a duration that is the number 0",
    ["timeout: 0"],
    [
      "homeserver.yaml:4:16 modules[0].operate.timeout: `timeout` must be a duration with a unit, from `1ms` to `1d`, but it's the number 0 [LIGAND_CONFIG_INVALID]",
      "  Write at least `1ms`.",
    ],
  ],
  [
    "another word for a mode",
    ["mode: off"],
    [
      'homeserver.yaml:4:13 modules[0].operate.mode: `mode` must be `enforce`, `shadow` or `disabled`, but it\'s the string "off" [LIGAND_CONFIG_INVALID]',
      "  Write `mode: disabled`.",
    ],
  ],
  [
    "memory too small as a number",
    ["process: own", "memory: 2"],
    [
      "homeserver.yaml:5:15 modules[0].operate.memory: `memory` must be a size with a unit, of `64MiB` or more, but it's the number 2 [LIGAND_CONFIG_INVALID]",
      "  Write at least `64MiB`: Node itself needs that much to start.",
    ],
  ],
  [
    "a process whose name is that of another kind in other letters",
    ["process: Own"],
    [
      'homeserver.yaml:4:16 modules[0].operate.process: `process` must be `main`, `own`, or a name of at most 64 letters, digits, `-` and `_`, but it\'s the string "Own" [LIGAND_CONFIG_INVALID]',
      "  Write `own`.",
    ],
  ],
  [
    "a policy that there isn't for an origin",
    ["on_failure: { local: block }"],
    [
      "homeserver.yaml:4:19 modules[0].operate.on_failure: `on_failure` must be `default`, `allow`, `deny` or `error`, or a mapping of `local` and `federation` to one of them, but it's a mapping [LIGAND_CONFIG_INVALID]",
      "  Write `default`, `allow`, `deny` or `error` as `local`.",
    ],
  ],
  [
    "matchers without a value",
    ["only: { sender: }", "except: { room: ~ }"],
    [
      "homeserver.yaml:4:23 modules[0].operate.only.sender: `sender` must be a pattern of user ids, such as `@*:example.org`, or a list of them, but it's empty [LIGAND_CONFIG_INVALID]",
      "  Change the value, or leave `sender` out.",
      "homeserver.yaml:5:23 modules[0].operate.except.room: `room` must be a pattern of room ids, such as `!abc:example.org`, or a list of them, but it's empty [LIGAND_CONFIG_INVALID]",
      "  Change the value, or leave `room` out.",
    ],
  ],
  [
    "patterns of users, rooms and servers that match none",
    [
      "only: { sender: bob, server: '@bob:example.org' }",
      "except: { sender: ['@*:hs', 'eve:hs'], room: '#lobby:hs', server: 'https://hs:8448/' }",
    ],
    [
      'homeserver.yaml:4:23 modules[0].operate.only.sender: `sender` must be a pattern of user ids, such as `@*:example.org`, or a list of them, but it\'s the string "bob" [LIGAND_CONFIG_INVALID]',
      "  Write `@bob:*`: a user id is whole, with its server.",
      'homeserver.yaml:4:36 modules[0].operate.only.server: `server` must be the name of a server, without its port, or a list of them, but it\'s the string "@bob:example.org" [LIGAND_CONFIG_INVALID]',
      "  Write `example.org`.",
      'homeserver.yaml:5:35 modules[0].operate.except.sender[1]: `sender[1]` must be a pattern of user ids, such as `@*:example.org`, but it\'s the string "eve:hs" [LIGAND_CONFIG_INVALID]',
      "  Write `@eve:hs`: a user id is whole, with its server.",
      'homeserver.yaml:5:52 modules[0].operate.except.room: `room` must be a pattern of room ids, such as `!abc:example.org`, or a list of them, but it\'s the string "#lobby:hs" [LIGAND_CONFIG_INVALID]',
      "  Write the id of the room, which begins with `!`: its aliases aren't looked at.",
      'homeserver.yaml:5:73 modules[0].operate.except.server: `server` must be the name of a server, without its port, or a list of them, but it\'s the string "https://hs:8448/" [LIGAND_CONFIG_INVALID]',
      "  Write `hs`.",
    ],
  ],
  [
    "a list of hooks",
    ["hooks: [checkEventForSpam]"],
    [
      "homeserver.yaml:4:14 modules[0].operate.hooks: `hooks` must be a mapping, but it's a list of 1 [LIGAND_CONFIG_TYPE]",
      "  Write a mapping: its keys without dashes.",
    ],
  ],
  [
    "a hook with its category",
    ["hooks: { SpamChecker.checkEventForSpam: { timeout: 1s } }"],
    [
      'homeserver.yaml:4:16 modules[0].operate.hooks["SpamChecker.checkEventForSpam"]: `SpamChecker.checkEventForSpam` isn\'t a hook [LIGAND_CONFIG_UNKNOWN_KEY]',
      "  Write `checkEventForSpam`, without its category.",
    ],
  ],
  [
    "values in the place of mappings",
    ["circuit_breaker: true", "hooks: { checkEventForSpam: disabled }"],
    [
      "homeserver.yaml:4:24 modules[0].operate.circuit_breaker: `circuit_breaker` must be a mapping, but it's the boolean true [LIGAND_CONFIG_TYPE]",
      "  Write a mapping: its keys, one a line.",
      'homeserver.yaml:5:35 modules[0].operate.hooks.checkEventForSpam: `checkEventForSpam` must be a mapping, but it\'s the string "disabled" [LIGAND_CONFIG_TYPE]',
      "  Write a mapping: its keys, one a line.",
    ],
  ],
  [
    "a misspelt key of its own",
    ["time_out: 5s", "onfailure: allow"],
    [
      "homeserver.yaml:4:7 modules[0].operate.time_out: `time_out` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `timeout`?",
      "homeserver.yaml:5:7 modules[0].operate.onfailure: `onfailure` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `on_failure`?",
    ],
  ],
];

/** Sections `module_processes:`, and everything that `ligand check` says of them. */
const processMistakes: readonly Mistake[] = [
  [
    "a process that no entry uses, because its name is misspelt",
    ["  filtres: { memory: 256MiB }"],
    [
      "homeserver.yaml:6:3 module_processes.filtres: no module runs in the process `filtres` [LIGAND_CONFIG_INVALID]",
      "  Did you mean `filters`?",
    ],
  ],
  [
    "a process that no entry uses, beside what another one can't have",
    ["  filters: { memory: 1MiB }", "  filtres: {}"],
    [
      'homeserver.yaml:6:22 module_processes.filters.memory: `memory` must be a size with a unit, of `64MiB` or more, but it\'s the string "1MiB" [LIGAND_CONFIG_INVALID]',
      "  Write at least `64MiB`: Node itself needs that much to start.",
      "homeserver.yaml:7:3 module_processes.filtres: no module runs in the process `filtres` [LIGAND_CONFIG_INVALID]",
      "  Did you mean `filters`?",
    ],
  ],
  [
    "the names of processes that aren't shared",
    ["  main: { memory: 256MiB }", "  own: { memory: 256MiB }", "  a/b: {}", "  filters: {}"],
    [
      "homeserver.yaml:6:3 module_processes.main: `main` isn't the name of a shared process [LIGAND_CONFIG_INVALID]",
      "  Remove it.",
      "homeserver.yaml:7:3 module_processes.own: `own` isn't the name of a shared process [LIGAND_CONFIG_INVALID]",
      "  Write what the process may have below the module's `operate:`.",
      'homeserver.yaml:8:3 module_processes["a/b"]: `a/b` isn\'t the name of a process [LIGAND_CONFIG_INVALID]',
      "  Write a name of at most 64 letters, digits, `-` and `_`.",
    ],
  ],
  [
    "a list, a number and an unknown key in the place of what a process may have",
    ["  filters: { memry: 256MiB }", "  others: 5"],
    [
      "homeserver.yaml:6:14 module_processes.filters.memry: `memry` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `memory`?",
      "homeserver.yaml:7:11 module_processes.others: `others` must be a mapping, but it's the number 5 [LIGAND_CONFIG_TYPE]",
      "  Write `memory:` and `permissions:` below it.",
    ],
  ],
  [
    "a list of processes",
    ["  - filters"],
    [
      "homeserver.yaml:6:3 module_processes: `module_processes` must be a mapping, but it's a list of 1 [LIGAND_CONFIG_TYPE]",
      "  Write the names of processes below it, and what each may have.",
    ],
  ],
];

async function said(text: string): Promise<string[]> {
  const { problems } = await readConfigurationText(text, "homeserver.yaml");
  return problems.flatMap((problem) => formatProblem(problem).split("\n"));
}

describe("mistakes below operate:", () => {
  for (const [what, written, expected] of mistakes) {
    it(`ligand check says what is wrong with ${what}`, async () => {
      const lines = written.map((line) => `      ${line}`);
      expect(
        await said(["modules:", "  - module: ./filter.js#Filter", "    operate:", ...lines].join("\n")),
      ).to.deep.equal(expected);
    });
  }

  for (const [found, written] of [
    ['the string "shadow"', "shadow"],
    ["a list of 1", "[shadow]"],
  ]) {
    it(`ligand check says that \`operate\` is ${found}`, async () => {
      expect(await said(`modules:\n  - module: ./filter.js\n    operate: ${written}\n`)).to.deep.equal([
        `homeserver.yaml:3:14 modules[0].operate: \`operate\` must be a mapping, but it's ${found} [LIGAND_CONFIG_TYPE]`,
        "  Write its keys below it, one a line.",
      ]);
    });
  }
});

describe("mistakes below module_processes:", () => {
  const modules = ["modules:", "  - module: ./filter.js#Filter", "    operate:", "      process: filters"];

  for (const [what, written, expected] of processMistakes) {
    it(`ligand check says what is wrong with ${what}`, async () => {
      expect(await said([...modules, "module_processes:", ...written].join("\n"))).to.deep.equal(expected);
    });
  }

  it("ligand check refuses a misspelt `module_processes:`, which would limit nothing", async () => {
    expect(await said([...modules, "module_process:", "  filters: {}"].join("\n"))).to.deep.equal([
      "homeserver.yaml:5:1 module_process: `module_process` isn't a known key, so it limits no process [LIGAND_CONFIG_UNKNOWN_KEY]",
      "  Did you mean `module_processes`?",
    ]);
  });
});
