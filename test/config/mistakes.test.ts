import { resolve } from "node:path";
import { expect } from "chai";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem, sortProblems } from "#src/errors/problem.js";
import { loadModules } from "#src/modules/load-modules.js";

const FOLDER = resolve("test/fixtures/config");

/** What an administrator wrote as `homeserver.yaml`, and everything that `ligand check` says of it. */
type Mistake = readonly [what: string, written: string, said: string];

const PYTHON_REMEDY =
  "Ligand runs modules written in JavaScript or TypeScript: name an npm package or a file, such as `my-package#MyModule` or `./my-module.js#MyModule`.";

const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  "names of modules": [
    [
      "the Python class of a module for Synapse",
      `
modules:
  - module: mjolnir.Module
    config:
      block_invites: true
`,
      `
homeserver.yaml:2:13 modules[0].module: \`mjolnir.Module\` looks like a Python class [LIGAND_MODULE_NOT_FOUND]
  ${PYTHON_REMEDY}
`,
    ],
    [
      "a Python class below several packages",
      `
modules:
  - module: my_company.matrix.spam_filter.SpamFilter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`my_company.matrix.spam_filter.SpamFilter\` looks like a Python class [LIGAND_MODULE_NOT_FOUND]
  ${PYTHON_REMEDY}
`,
    ],
    [
      "an entry point of a Python package",
      `
modules:
  - module: spam_filter.module:SpamFilter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`spam_filter.module:SpamFilter\` looks like a Python class [LIGAND_MODULE_NOT_FOUND]
  ${PYTHON_REMEDY}
`,
    ],
    [
      "a Python file",
      `
modules:
  - module: ./modules/spam_filter.py
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules/spam_filter.py\` looks like a Python file [LIGAND_MODULE_NOT_FOUND]
  ${PYTHON_REMEDY}
`,
    ],
    [
      "a path without `./`",
      `
modules:
  - module: modules/greeter.js#Greeter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`modules/greeter.js\` isn't an installed package [LIGAND_MODULE_NOT_FOUND]
  Write \`./modules/greeter.js\` if it's a file; paths are relative to the folder of the configuration file.
`,
    ],
    [
      "a path from the home folder",
      `
modules:
  - module: ~/modules/greeter.js#Greeter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`~/modules/greeter.js\` is neither an npm package nor a file [LIGAND_MODULE_NOT_FOUND]
  Write a path with \`/\` that starts with \`./\`, \`../\` or \`/\`; \`~\` and variables are not filled in.
`,
    ],
    [
      "a path of Windows",
      `
modules:
  - module: modules\\greeter.js#Greeter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`modules\\greeter.js\` is neither an npm package nor a file [LIGAND_MODULE_NOT_FOUND]
  Write a path with \`/\` that starts with \`./\`, \`../\` or \`/\`; \`~\` and variables are not filled in.
`,
    ],
    [
      "a name that npm refuses",
      `
modules:
  - module: "Spam Filter#SpamFilter"
`,
      `
homeserver.yaml:2:13 modules[0].module: \`Spam Filter\` isn't a package name [LIGAND_MODULE_NOT_FOUND]
  Write the name of a package, or a path that starts with \`./\`, \`../\` or \`/\`.
  caused by: Cannot find package 'Spam Filter' imported from …/
`,
    ],
    [
      "a package that is not installed",
      `
modules:
  - module: matrix-spam-filter-of-no-one#SpamFilter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`matrix-spam-filter-of-no-one\` isn't an installed package [LIGAND_MODULE_NOT_FOUND]
  Run \`npm install matrix-spam-filter-of-no-one\` in …, if you know and trust its author.
  caused by: Cannot find package 'matrix-spam-filter-of-no-one' imported from …/
`,
    ],
    [
      "the name of a Python package alone",
      `
modules:
  - module: spam_checker
`,
      `
homeserver.yaml:2:13 modules[0].module: \`spam_checker\` isn't an installed package [LIGAND_MODULE_NOT_FOUND]
  ${PYTHON_REMEDY} If it's an npm package, install it, if you know and trust its author.
  caused by: Cannot find package 'spam_checker' imported from …/
`,
    ],
    [
      "a class as a member of its file",
      `
modules:
  - module: ./modules.mjs.Bot
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs.Bot\` doesn't exist (looked for …/modules.mjs.Bot) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs#Bot\`?
  caused by: Cannot find module '…/modules.mjs.Bot' imported from …/
`,
    ],
    [
      "a class behind a colon",
      `
modules:
  - module: "./modules.mjs:Bot"
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs:Bot\` doesn't exist (looked for …/modules.mjs:Bot) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs#Bot\`?
  caused by: Cannot find module '…/modules.mjs:Bot' imported from …/
`,
    ],
    [
      "two exports",
      `
modules:
  - module: ./modules.mjs#Bot#Door
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs#Bot#Door\` has more than one \`#\` [LIGAND_CONFIG_INVALID]
  Write \`package-or-path#Export\`, with one \`#\`.
`,
    ],
    [
      "a package with its version",
      `
modules:
  - module: matrix-spam-filter-of-no-one@1.2#SpamFilter
`,
      `
homeserver.yaml:2:13 modules[0].module: \`matrix-spam-filter-of-no-one@1.2\` isn't a package name [LIGAND_MODULE_NOT_FOUND]
  Write \`matrix-spam-filter-of-no-one\`; npm installs the version that your package.json says.
  caused by: Cannot find package 'matrix-spam-filter-of-no-one@1.2' imported from …/
`,
    ],
    [
      "typographic quotes",
      `
modules:
  - module: “./modules.mjs#Switch”
`,
      `
homeserver.yaml:2:13 modules[0].module: the value starts with the typographic quote \`“\`, which is part of it [LIGAND_CONFIG_INVALID]
  Write ordinary quotes: \`"\` or \`'\`.
homeserver.yaml:2:13 modules[0].module: \`“./modules.mjs\` is in typographic quotes [LIGAND_MODULE_NOT_FOUND]
  Write ordinary quotes: \`"\` or \`'\`.
`,
    ],
    [
      "an entry point at the top of a Python package",
      `
modules:
  - module: mjolnir:Module
`,
      `
homeserver.yaml:2:13 modules[0].module: \`mjolnir:Module\` looks like a Python class [LIGAND_MODULE_NOT_FOUND]
  Ligand runs modules written in JavaScript or TypeScript: name an npm package or a file, such as \`my-package#MyModule\` or \`./my-module.js#MyModule\`.
`,
    ],
    [
      "a class behind two colons",
      `
modules:
  - module: ./modules.mjs::Bot
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs::Bot\` doesn't exist (looked for …/modules.mjs::Bot) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs#Bot\`?
  caused by: Cannot find module '…/modules.mjs::Bot' imported from …/
`,
    ],
    [
      "a class behind a slash",
      `
modules:
  - module: ./modules.mjs/Bot
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs/Bot\` doesn't exist (looked for …/modules.mjs/Bot) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs#Bot\`?
  caused by: Cannot find module '…/modules.mjs/Bot' imported from …/
`,
    ],
    [
      "a class behind a full-width number sign",
      `
modules:
  - module: ./modules.mjs＃Bot
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs＃Bot\` doesn't exist (looked for …/modules.mjs＃Bot) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs#Bot\`?
  caused by: Cannot find module '…/modules.mjs＃Bot' imported from …/
`,
    ],
    [
      "a file with a slash behind it",
      `
modules:
  - module: ./modules.mjs/#Bot
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs/\` doesn't exist (looked for …/modules.mjs) [LIGAND_MODULE_NOT_FOUND]
  Did you mean \`./modules.mjs\`?
  caused by: Directory import '…/modules.mjs/' is not supported resolving ES modules imported from …/
`,
    ],
    [
      "a space before the name",
      `
modules:
  - module: " ./modules.mjs#Switch"
`,
      `
homeserver.yaml:2:13 modules[0].module: \` ./modules.mjs#Switch\` starts or ends with a space, or with a character that isn't visible [LIGAND_CONFIG_INVALID]
  Remove what's before and after the name.
`,
    ],
    [
      "a path that starts with a variable of Windows",
      `
modules:
  - module: "%APPDATA%/modules.mjs#Switch"
`,
      `
homeserver.yaml:2:13 modules[0].module: \`%APPDATA%/modules.mjs\` is neither an npm package nor a file [LIGAND_MODULE_NOT_FOUND]
  Write a path with \`/\` that starts with \`./\`, \`../\` or \`/\`; \`~\` and variables are not filled in.
`,
    ],
    [
      "a path that starts with a variable",
      `
modules:
  - module: $HOME/modules.mjs#Switch
`,
      `
homeserver.yaml:2:13 modules[0].module: \`$HOME/modules.mjs\` is neither an npm package nor a file [LIGAND_MODULE_NOT_FOUND]
  Write a path with \`/\` that starts with \`./\`, \`../\` or \`/\`; \`~\` and variables are not filled in.
`,
    ],
  ],

  "values that YAML takes for something else": [
    [
      "a user without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: @bot:example.org
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Plain value cannot start with reserved character @ [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them it can't start with \`@\`.
`,
    ],
    [
      "users without quotes in a list",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: [@bot:example.org, "@eve:example.org"]
`,
      `
homeserver.yaml:4:13: the file isn't valid YAML: Plain value cannot start with reserved character @ [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them it can't start with \`@\`.
`,
    ],
    [
      "a room without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: !kitchen:example.org
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the tag \`!kitchen:example.org\` has no meaning here [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them \`!\` starts a tag.
`,
    ],
    [
      "an alias of a room without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: #kitchen:example.org
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the value is empty: \`#\` without quotes starts a comment [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes.
homeserver.yaml:4:12 modules[0].config.bot: \`bot\` must be a string, but it's empty [LIGAND_CONFIG_TYPE]
  Change the value.
`,
    ],
    [
      "a pattern of users without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: *:example.org
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the alias \`*:example.org\` refers to nothing: there is no anchor \`&:example.org\` before it [LIGAND_CONFIG_ALIASES]
  Put the value in quotes if it starts with \`*\`, or put \`&:example.org\` before the value you mean.
homeserver.yaml:4:12 modules[0].config.bot: \`bot\` must be a string, but it's empty [LIGAND_CONFIG_TYPE]
  Change the value.
`,
    ],
    [
      "a star without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: *
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Alias cannot be an empty string [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them \`*\` refers to an anchor.
`,
    ],
    [
      "a value that begins with `&`",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: &everyone
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the value is empty: \`&\` without quotes starts the name of an anchor [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes, or write the value of the anchor after its name.
homeserver.yaml:4:21 modules[0].config.bot: \`bot\` must be a string, but it's empty [LIGAND_CONFIG_TYPE]
  Change the value.
`,
    ],
    [
      "a value that begins with `%`",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: %localpart%
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Plain value cannot start with directive indicator character % [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them it can't start with \`%\`.
`,
    ],
    [
      "a sentence with a colon",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      welcome: Welcome: please read the rules
`,
      `
homeserver.yaml:5:16: the file isn't valid YAML: Nested mappings are not allowed in compact mappings [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes if it's a string that contains \`: \`.
`,
    ],
    [
      "a pattern in double quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: "bot\\d+"
`,
      `
homeserver.yaml:4:16: the file isn't valid YAML: Invalid escape sequence \\d [LIGAND_CONFIG_SYNTAX]
  Put the value in single quotes, in which \`\\\` has no meaning.
`,
    ],
    [
      "a value that begins with a dash",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: - x
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Unexpected block-seq-ind on same line with key [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them \`- \` starts a list.
`,
    ],
    [
      "a value that begins with a question mark",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: ? x
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Nested mappings are not allowed in compact mappings [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them it can't start with \`? \`.
`,
    ],
    [
      "a value that begins with `>`",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: >all of them
`,
      `
homeserver.yaml:4:13: the file isn't valid YAML: Block scalar header includes extra characters [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them \`>\` starts a multi-line string.
`,
    ],
    [
      "a quote inside quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: 'it's'
`,
      `
homeserver.yaml:4:16: the file isn't valid YAML: Unexpected scalar at node end [LIGAND_CONFIG_SYNTAX]
  A \`'\` before it ends the value: use the other kind of quotes, or write \`''\` for one within single quotes.
`,
    ],
    [
      "a quote that isn't closed",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: "bot
      limit: 3
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Missing closing quote " [LIGAND_CONFIG_SYNTAX]
  Write the same quote at the end of the value.
`,
    ],
    [
      "a bracket that isn't closed",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: [bot
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] [LIGAND_CONFIG_SYNTAX]
  Close it with \`]\`, or put the value in quotes if it's a string.
`,
    ],
    [
      "a brace that isn't closed",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: {bot
`,
      `
homeserver.yaml:4:12: the file isn't valid YAML: Flow map in block collection must be sufficiently indented and end with a } [LIGAND_CONFIG_SYNTAX]
  Close it with \`}\`, or put the value in quotes if it's a string.
`,
    ],
    [
      "typographic quotes around a value",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: “@bot:example.org”
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the value starts with the typographic quote \`“\`, which is part of it [LIGAND_CONFIG_INVALID]
  Write ordinary quotes: \`"\` or \`'\`.
`,
    ],
    [
      "an identifier with more digits than a number has",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      limit: 12345678901234567890
`,
      `
homeserver.yaml:5:14 modules[0].config.limit: the number has too many digits; Ligand reads it as 12345678901234567000 [LIGAND_CONFIG_INVALID]
  Put it in quotes if it's an identifier.
`,
    ],
    [
      "a full-width colon",
      `
modules：
  - module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:1:1: the file isn't valid YAML: Implicit keys need to be on a single line [LIGAND_CONFIG_SYNTAX]
  Write an ordinary colon and a space instead of \`：\`.
`,
    ],
    [
      "aliases of rooms without quotes in a list",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: [#kitchen:example.org]
`,
      `
homeserver.yaml:4:13: the file isn't valid YAML: Comments must be separated from other tokens by white space characters [LIGAND_CONFIG_SYNTAX]
  Put the value in quotes: without them \`#\` starts a comment.
homeserver.yaml:5:1: the file isn't valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] [LIGAND_CONFIG_SYNTAX]
  Close it with \`]\`, or put the value in quotes if it's a string.
`,
    ],
    [
      "a comment right after a value in quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: "bot"# of the house
`,
      `
homeserver.yaml:4:17: the file isn't valid YAML: Comments must be separated from other tokens by white space characters [LIGAND_CONFIG_SYNTAX]
  Write a space before \`#\` if it starts a comment; otherwise put the whole value in quotes.
`,
    ],
    [
      "a value that goes on after its quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: "bot" of the house
`,
      `
homeserver.yaml:4:18: the file isn't valid YAML: Unexpected scalar at node end [LIGAND_CONFIG_SYNTAX]
  A \`"\` before it ends the value: use the other kind of quotes, or write \`''\` for one within single quotes.
`,
    ],
    [
      "a character before a value that can't be seen",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: \u200Bbot
`,
      `
homeserver.yaml:4:12 modules[0].config.bot: the value starts with an invisible character (U+200B), which is part of it [LIGAND_CONFIG_INVALID]
  Remove the character, or write the value anew.
`,
    ],
  ],

  "templates that were not filled in": [
    [
      "a variable of the environment",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: \${ADMIN_TOKEN}
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a variable in quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: '{{ secret }}'
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a variable without braces",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: $ADMIN_TOKEN
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a variable without quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: {{ secret }}
`,
      `
homeserver.yaml:5:15 modules[0].config.token: a key must be a string, but it's a mapping [LIGAND_CONFIG_TYPE]
  If this is a placeholder such as \`{{ name }}\`, fill it in; otherwise put the value in quotes.
`,
    ],
    [
      "a command of a shell",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: $(cat /run/secret)
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a placeholder of Autoconf",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: '@TOKEN@'
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a placeholder with underscores",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: __TOKEN__
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a placeholder of the documentation",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: <YOUR_TOKEN>
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a request to change the value",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: CHANGEME
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value looks like a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a value that SOPS encrypted",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value is encrypted; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that decrypts the configuration, and name the file that it writes.
`,
    ],
    [
      "a line of Helm",
      `
modules:
{{- toYaml .Values.modules | nindent 2 }}
`,
      `
homeserver.yaml:2:1: the line is part of a template, which was not filled in [LIGAND_CONFIG_SYNTAX]
  Run the tool that fills in the configuration, and name the file that it writes.
`,
    ],
    [
      "a variable within a value",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: https://:\${TOKEN}@example.org
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value seems to have a placeholder that wasn't filled in; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that fills in the configuration, or write the actual value; if it's meant, leave it.
`,
    ],
    [
      "a reference to a manager of secrets",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
      token: op://homeserver/bot/token
`,
      `
homeserver.yaml:5:14 modules[0].config.token: the value says where a secret is; Ligand uses it literally [LIGAND_CONFIG_INVALID]
  Run the tool that puts secrets in their places, or write the actual value.
`,
    ],
  ],

  "keys at the wrong level": [
    [
      "the keys of a config at the indent of `config:`",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
    bot: bot
    limit: many
`,
      `
homeserver.yaml:4:5 modules[0].bot: \`bot\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  It belongs below \`config:\`; indent it.
homeserver.yaml:5:5 modules[0].limit: \`limit\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  It belongs below \`config:\`; indent it.
homeserver.yaml:5:12 modules[0].config.limit: \`limit\` must be an integer number, but it's the string "many" [LIGAND_CONFIG_TYPE]
  Change the value, or leave \`limit\` out; the default is 10.
`,
    ],
    [
      "the keys of a config without `config:`",
      `
modules:
  - module: ./modules.mjs#Bot
    bot: bot
`,
      `
homeserver.yaml:3:5 modules[0].bot: \`bot\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  It belongs below \`config:\`; write that line above it, and indent it.
`,
    ],
    [
      "one key of several at the indent of `config:`",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot: bot
    limit: 3
`,
      `
homeserver.yaml:5:5 modules[0].limit: \`limit\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  Move it below \`config:\` if the module documents it; the keys of an entry are \`module\`, \`id\`, \`enabled\`, \`config\`, \`operate\`.
`,
    ],
    [
      "the section inside another key",
      `
server_name: example.org
synapse:
  modules:
    - module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:3:3 synapse.modules: \`modules\` isn't at the top level of the file, so none of its modules is loaded [LIGAND_CONFIG_UNUSED]
  Start \`modules:\` in the first column, and unindent what's below it by as much.
`,
    ],
    [
      "no-break spaces in the indent",
      `
server_name: example.org
modules:
\u00A0 - module: ./modules.mjs#Bot
\u00A0   config:
\u00A0     bot: bot
`,
      `
homeserver.yaml:3:1: the line is indented with a no-break space (U+00A0), which YAML treats as a letter [LIGAND_CONFIG_SYNTAX]
  Indent with ordinary spaces, here and in 2 more lines.
`,
    ],
    [
      "a no-break space before the section",
      `
server_name: example.org
\u00A0modules:
  - module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:2:1: the line is indented with a no-break space (U+00A0), which YAML treats as a letter [LIGAND_CONFIG_SYNTAX]
  Indent with ordinary spaces.
`,
    ],
    [
      "a misspelt key of an entry beside an empty config",
      `
modules:
  - module: ./modules.mjs#Switch
    config:
    enable: false
`,
      `
homeserver.yaml:4:5 modules[0].enable: \`enable\` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`enabled\`?
`,
    ],
    [
      "`config:` deeper than `module:`",
      `
modules:
  - module: ./modules.mjs#Bot
      config:
        bot: bot
`,
      `
homeserver.yaml:2:13: the file isn't valid YAML: Nested mappings are not allowed in compact mappings [LIGAND_CONFIG_SYNTAX]
  Start the key of the next line in the same column as the key of this line.
`,
    ],
    [
      "`config:` at the dash of its module",
      `
modules:
  - module: ./modules.mjs#Bot
  config:
    bot: bot
`,
      `
homeserver.yaml:3:1: the file isn't valid YAML: All mapping items must start at the same column [LIGAND_CONFIG_SYNTAX]
  Start the key in the same column as the other keys of its mapping.
`,
    ],
    [
      "`config:` at the top level",
      `
modules:
  - module: ./modules.mjs#Switch
config:
  enabled: false
`,
      `
homeserver.yaml:3:1 config: \`config\` at the top level of the file belongs to no module [LIGAND_CONFIG_UNUSED]
  Indent it as much as the key \`module\` that it belongs to.
`,
    ],
    [
      "`settings:` in place of `config:`",
      `
modules:
  - module: ./modules.mjs#Bot
    settings:
      bot: bot
`,
      `
homeserver.yaml:2:5 modules[0].config.bot: the key \`bot\` is missing; it must be a string [LIGAND_CONFIG_MISSING_KEY]
  Add \`bot:\` with a value.
homeserver.yaml:3:5 modules[0].settings: \`settings\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`config\`?
`,
    ],
    [
      "`class:` in place of `module:`",
      `
modules:
  - class: ./modules.mjs#Switch
`,
      `
homeserver.yaml:2:5 modules[0].class: \`class\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`module\`?
homeserver.yaml:2:5 modules[0].module: the key \`module\` is missing; it must be a string such as \`my-package#MyModule\` or \`./my-module.js#MyModule\`, and must not be empty [LIGAND_CONFIG_MISSING_KEY]
  Add \`module:\` with a value.
`,
    ],
    [
      "the export as a key of its own",
      `
modules:
  - module: ./modules.mjs
    class: Switch
`,
      `
homeserver.yaml:2:13 modules[0].module: \`./modules.mjs\` has no default export [LIGAND_MODULE_EXPORT_NOT_FOUND]
  Write \`./modules.mjs#Bot\` or \`./modules.mjs#Door\` or \`./modules.mjs#Names\` or \`./modules.mjs#Switch\`.
homeserver.yaml:3:5 modules[0].class: \`class\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  Name the export in the module: \`- module: ./modules.mjs#Switch\`.
`,
    ],
    [
      "`disabled:` in place of `enabled:`",
      `
modules:
  - module: ./modules.mjs#Switch
    disabled: true
`,
      `
homeserver.yaml:3:5 modules[0].disabled: \`disabled\` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]
  Write \`enabled: false\`.
`,
    ],
  ],

  "what deployment tools write": [
    [
      "JSON instead of YAML",
      `
{"server_name": "example.org", "modules": [{"module": "./modules.mjs#Bot", "config": {"bot": 3}}]}
`,
      `
homeserver.yaml:1:94 modules[0].config.bot: \`bot\` must be a string, but it's the number 3 [LIGAND_CONFIG_TYPE]
  Put the value in quotes.
`,
    ],
    [
      "a config as a string of JSON",
      `
modules:
  - module: ./modules.mjs#Bot
    config: '{"bot": "bot"}'
`,
      `
homeserver.yaml:3:13 modules[0].config: \`config\` must be a mapping, but it's the string "{\\"bot\\": \\"bot\\"}" [LIGAND_CONFIG_TYPE]
  Remove the quotes around it: JSON is valid YAML, and a string is not a mapping.
`,
    ],
    [
      "a mapping of modules by their names",
      `
modules:
  bot:
    module: ./modules.mjs#Bot
    config: {bot: bot}
`,
      `
homeserver.yaml:2:3 modules: \`modules\` must be a list of modules, but it's a mapping [LIGAND_CONFIG_TYPE]
  Start each module with a dash: \`- module: my-package#MyModule\`.
`,
    ],
    [
      "a list of names",
      `
modules:
  - ./modules.mjs#Bot
`,
      `
homeserver.yaml:2:5 modules[0]: a module must be a mapping with the key \`module\`, but it's the string "./modules.mjs#Bot" [LIGAND_CONFIG_TYPE]
  Write it as \`- module: ./modules.mjs#Bot\`.
`,
    ],
    [
      "two documents",
      `
server_name: example.org
---
modules:
  - module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:2:1: the file has a second YAML document; only one is read [LIGAND_CONFIG_SYNTAX]
  Remove the line \`---\` and what follows it, or join the two documents.
`,
    ],
    [
      "an include",
      `
modules: !include modules.yaml
`,
      `
homeserver.yaml:1:19 modules: the tag \`!include\` has no meaning here [LIGAND_CONFIG_SYNTAX]
  Write the value itself; nothing is included or computed.
`,
    ],
    [
      "a conditional of a template",
      `
modules:
{% if bot %}
  - module: ./modules.mjs#Switch
{% endif %}
`,
      `
homeserver.yaml:2:1: the line is part of a template, which was not filled in [LIGAND_CONFIG_SYNTAX]
  Run the tool that fills in the configuration, and name the file that it writes.
`,
    ],
    [
      "an anchor that is shared, with a misspelt key in it",
      `
defaults: &defaults
  bot: bot
  limt: 3
modules:
  - module: ./modules.mjs#Bot
    config: *defaults
  - module: ./modules.mjs#Bot
    id: second
    config:
      <<: *defaults
`,
      `
homeserver.yaml:3:3 modules[0].config.limt: \`limt\` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`limit\`?
homeserver.yaml:3:3 modules[1].config.limt: \`limt\` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`limit\`?
`,
    ],
    [
      "JSON with a comment before its section",
      `
{
  // the modules
  "modules": [{"module": "./modules.mjs#Switch"}]
}
`,
      `
homeserver.yaml:2:3: \`//\` doesn't start a comment, so there is no section \`modules\` [LIGAND_CONFIG_SYNTAX]
  Remove the comment, or start it with \`#\`.
`,
    ],
    [
      "a ConfigMap around the file",
      `
kind: ConfigMap
data:
  homeserver.yaml: |
    modules:
      - module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:3:3 data["homeserver.yaml"]: the value is a string with a section \`modules\` in it, so none of its modules is loaded [LIGAND_CONFIG_UNUSED]
  Name the file that is made of this string.
`,
    ],
    [
      "a merge with a conflict",
      `
modules:
<<<<<<< HEAD
  - module: ./modules.mjs#Switch
=======
  - module: ./modules.mjs#Bot
>>>>>>> other
`,
      `
homeserver.yaml:2:1: the line marks a conflict of two versions that were merged [LIGAND_CONFIG_SYNTAX]
  Decide on one of the two versions, and remove the marks.
`,
    ],
    [
      "a block of Markdown",
      `
\`\`\`yaml
modules:
  - module: ./modules.mjs#Switch
\`\`\`
`,
      `
homeserver.yaml:1:1: the line is a fence of Markdown [LIGAND_CONFIG_SYNTAX]
  Remove the lines that start with three backticks.
`,
    ],
    [
      "TOML",
      `
[[modules]]
module = "./modules.mjs#Switch"
`,
      `
homeserver.yaml:2:1: the line isn't YAML, but looks like TOML [LIGAND_CONFIG_SYNTAX]
  Write the file as YAML: \`key: value\`, and \`modules:\` as a list.
`,
    ],
    [
      "line ends of old Macs",
      `
modules:\r  - module: ./modules.mjs#Switch\r`,
      `
homeserver.yaml:1:9: a line ends with a carriage return (CR) without a line feed (LF) [LIGAND_CONFIG_SYNTAX]
  Save the file with the line ends of Unix (LF) or Windows (CRLF).
`,
    ],
  ],

  "values of the wrong type": [
    [
      "a truth value in quotes",
      `
modules:
  - module: ./modules.mjs#Switch
    config:
      enabled: "true"
`,
      `
homeserver.yaml:4:16 modules[0].config.enabled: \`enabled\` must be a boolean value, but it's the string "true" [LIGAND_CONFIG_TYPE]
  Write \`true\` or \`false\`, without quotes.
`,
    ],
    [
      "a truth value as YAML 1.1 has it",
      `
modules:
  - module: ./modules.mjs#Switch
    config:
      enabled: yes
`,
      `
homeserver.yaml:4:16 modules[0].config.enabled: \`enabled\` must be a boolean value, but it's the string "yes" [LIGAND_CONFIG_TYPE]
  Write \`true\` or \`false\`, without quotes.
`,
    ],
    [
      "a number in quotes",
      `
modules:
  - module: ./modules.mjs#Bot
    config: {bot: bot, limit: "10"}
`,
      `
homeserver.yaml:3:31 modules[0].config.limit: \`limit\` must be an integer number, but it's the string "10" [LIGAND_CONFIG_TYPE]
  Remove the quotes.
`,
    ],
    [
      "one value where a list is expected",
      `
modules:
  - module: ./modules.mjs#Names
    config:
      names: bob
`,
      `
homeserver.yaml:4:14 modules[0].config.names: \`names\` must be a list, but it's the string "bob" [LIGAND_CONFIG_TYPE]
  Write a list: one item per line, after \`- \`.
`,
    ],
    [
      "a secret as a key and as a file",
      `
modules:
  - module: ./modules.mjs#Door
    config:
      door: opensesame
      door_path: /run/secrets/door
`,
      `
homeserver.yaml:5:7 modules[0].config.door_path: \`door\` and \`door_path\` are both given [LIGAND_CONFIG_INVALID]
  Remove one of the two.
`,
    ],
    [
      "a tab in the indent",
      `
modules:
  - module: ./modules.mjs#Switch
\tconfig: {}
`,
      `
homeserver.yaml:3:1: the file isn't valid YAML: Tabs are not allowed as indentation [LIGAND_CONFIG_SYNTAX]
  Indent with spaces instead of tabs.
`,
    ],
    [
      "a key without a space after its colon",
      `
modules:
  - module: ./modules.mjs#Bot
    config:
      bot:bot
`,
      `
homeserver.yaml:4:7 modules[0].config: \`config\` must be a mapping, but it's the string "bot:bot" [LIGAND_CONFIG_TYPE]
  Write a space after the colon.
`,
    ],
    [
      "the same id twice",
      `
modules:
  - module: ./modules.mjs#Switch
    id: switch
  - module: ./modules.mjs#Switch
    id: switch
`,
      `
homeserver.yaml:5:9 modules[1].id: duplicate module id "switch" (first used on line 3) [LIGAND_MODULE_ID_REPEATED]
  Give each entry its own \`id\`, or omit \`id\`.
`,
    ],
    [
      "a module without a space after its dash",
      `
modules:
  -module: ./modules.mjs#Switch
`,
      `
homeserver.yaml:2:3 modules: \`modules\` must be a list of modules, but it's a mapping [LIGAND_CONFIG_TYPE]
  Write a space after the dash.
`,
    ],
    [
      "a module without a space after its colon",
      `
modules:
  - module:./modules.mjs#Switch
`,
      `
homeserver.yaml:2:5 modules[0]: a module must be a mapping with the key \`module\`, but it's the string "module:./modules.mjs#Switch" [LIGAND_CONFIG_TYPE]
  Write a space after the colon.
`,
    ],
    [
      "a misspelt key for the file of a secret",
      `
modules:
  - module: ./modules.mjs#Door
    config:
      dor_path: /run/secrets/door
`,
      `
homeserver.yaml:3:5 modules[0].config.door: the key \`door\` is missing; it must be a string [LIGAND_CONFIG_MISSING_KEY]
  Add \`door:\` with a value, or \`door_path:\` with the path of a file that holds it.
homeserver.yaml:4:7 modules[0].config.dor_path: \`dor_path\` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]
  Did you mean \`door_path\`?
`,
    ],
    [
      "a file of a secret in the home folder",
      `
modules:
  - module: ./modules.mjs#Door
    config:
      door_path: ~/door
`,
      `
homeserver.yaml:4:18 modules[0].config.door_path: the file \`…/~/door\`, which must hold \`door\`, couldn't be read [LIGAND_CONFIG_UNREADABLE]
  Write the whole path: \`~\` isn't filled in.
  caused by: ENOENT: no such file or directory, open '…/~/door'
`,
    ],
    [
      "a module of several lines",
      `
modules:
  - module: |
      ./modules.mjs#Switch
`,
      `
homeserver.yaml:2:13 modules[0].module: \`module\` must be one line, but it's the string "./modules.mjs#Switch\\n" [LIGAND_CONFIG_INVALID]
  Write it in one line.
`,
    ],
    [
      "an id of several lines",
      `
modules:
  - module: ./modules.mjs#Switch
    id: "a\\nb"
`,
      `
homeserver.yaml:3:9 modules[0].id: \`id\` must be one line, but it's the string "a\\nb" [LIGAND_CONFIG_INVALID]
  Write it in one line.
`,
    ],
  ],
};

describe("mistakes of administrators", () => {
  for (const [kind, mistakes] of Object.entries(MISTAKES)) {
    describe(kind, () => {
      for (const [what, written, said] of mistakes) {
        it(what, async () => expect(await check(written.trimStart())).to.equal(said.trim()));
      }
    });
  }
});

/** What is said of the text of a file, with `…` for the folder that it is in. */
async function check(text: string): Promise<string> {
  const file = `${FOLDER}/homeserver.yaml`;
  const read = await readConfigurationText(text, file);
  const loaded = await loadModules(read.value ?? []);
  const problems = sortProblems([...read.problems, ...loaded.problems]).map(formatProblem);
  return problems.join("\n").replaceAll(file, "homeserver.yaml").replaceAll(FOLDER, "…");
}
