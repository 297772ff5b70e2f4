import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readConfiguration, readConfigurationText } from "#src/config/read-configuration.js";
import type { ModuleEntry } from "#src/config/module-entry.js";
import { formatProblem } from "#src/errors/problem.js";

/** Reads a string as the file `homeserver.yaml`. */
async function read(text: string) {
  const { value: entries, problems: raw } = await readConfigurationText(text, "homeserver.yaml");
  return { entries, problems: raw.map(formatProblem), raw };
}

/** The single entry of a file without problems. */
async function readOne(text: string): Promise<ModuleEntry> {
  const { entries, problems } = await read(text);
  expect(problems).to.deep.equal([]);
  expect(entries).to.have.lengthOf(1);
  return entries![0]!;
}

describe("reading a configuration", () => {
  it("readConfiguration returns the entries in the order of the file", async () => {
    const { entries, problems } = await read(
      [
        "server_name: example.org",
        "modules:",
        "  - module: ./evil-users.js#EvilUsers",
        "    config:",
        "      evil_users: ['@eve:x', '@mallory:x']",
        "  - module: greeter",
        "    id: hello",
        "    enabled: false",
      ].join("\n"),
    );
    expect(problems).to.deep.equal([]);
    expect(entries!.map(({ locate: _, ...entry }) => entry)).to.deep.equal([
      {
        index: 0,
        specifier: "./evil-users.js#EvilUsers",
        enabled: true,
        config: { evil_users: ["@eve:x", "@mallory:x"] },
        directory: resolve("."),
      },
      { index: 1, specifier: "greeter", id: "hello", enabled: false, config: {}, directory: resolve(".") },
    ]);
  });

  for (const value of ["", " null", " ~", " []"]) {
    it(`readConfiguration takes \`modules:${value}\` as no modules`, async () => {
      expect(await read(`a: 1\nmodules:${value}\n`)).to.deep.equal({ entries: [], problems: [], raw: [] });
    });
  }

  for (const [value, found] of [
    [" 0", "the number 0"],
    [' ""', "an empty string"],
    [" {}", "an empty mapping"],
    [" false", "the boolean false"],
  ]) {
    it(`readConfiguration takes \`modules:${value}\` as no modules, and warns`, async () => {
      expect(await read(`a: 1\nmodules:${value}\n`)).to.deep.equal({
        entries: [],
        problems: [
          `homeserver.yaml:2:10 modules: \`modules\` should be a list of modules, but it's ${found} [LIGAND_CONFIG_UNUSED]\n  Start each module with a dash: \`- module: my-package#MyModule\`.`,
        ],
        raw: [
          {
            code: "LIGAND_CONFIG_UNUSED",
            severity: "warning",
            message: `\`modules\` should be a list of modules, but it's ${found}`,
            path: "modules",
            position: { file: "homeserver.yaml", line: 2, column: 10 },
            remedy: "Start each module with a dash: `- module: my-package#MyModule`.",
          },
        ],
      });
    });
  }

  it("readConfiguration warns of a key that looks like a misspelt `modules`, and refuses one that can be nothing else", async () => {
    const shown = async (text: string) =>
      (await read(text)).raw.map(({ severity = "error", position, message }) => [severity, position?.line, message]);
    const unknown = (key: string) => `\`${key}\` isn't a known key, and there is no section \`modules\``;
    expect(await shown("listeners: []\nmodulse: []\n")).to.deep.equal([["warning", 2, unknown("modulse")]]);
    expect(await shown("Modules: []\n")).to.deep.equal([["error", 1, unknown("Modules")]]);
    expect(await shown("modulse: []\nmodules: []\n")).to.deep.equal([]);
  });

  for (const [what, text] of [
    ["an empty file", ""],
    ["a file of comments", "# nothing\n"],
    ["a file without the key", "server_name: x\n"],
  ] as const) {
    it(`readConfiguration tells ${what} from one that has no modules`, async () => {
      expect(await read(text)).to.deep.equal({ entries: undefined, problems: [], raw: [] });
    });
  }

  it("readConfiguration ignores what the homeserver's own keys contain", async () => {
    const { problems } = await read("listeners: !include x\nrates: {404: 1, ? [a] : b, __proto__: c}\nmodules: []\n");
    expect(problems).to.deep.equal([]);
  });

  for (const config of ["", " null", " {}"]) {
    it(`readConfiguration takes \`config:${config}\` as an empty config`, async () => {
      expect((await readOne(`modules:\n  - module: a\n    config:${config}\n`)).config).to.deep.equal({});
    });
  }

  for (const [config, found] of [
    [" []", "an empty list"],
    [" 0", "the number 0"],
    [' ""', "an empty string"],
    [" false", "the boolean false"],
  ]) {
    it(`readConfiguration takes \`config:${config}\` as an empty config, and warns`, async () => {
      const { entries, raw } = await read(`modules:\n  - module: a\n    config:${config}\n    id: b\n`);
      expect(entries!.map(({ config, id }) => ({ config, id }))).to.deep.equal([{ config: {}, id: "b" }]);
      expect(raw).to.deep.equal([
        {
          code: "LIGAND_CONFIG_UNUSED",
          severity: "warning",
          message: `\`config\` must be a mapping, but it's ${found}, which counts as no config`,
          path: "modules[0].config",
          position: { file: "homeserver.yaml", line: 3, column: 13 },
          remedy: "Write the keys of the config below `config:`, one per line.",
        },
      ]);
    });
  }

  it("readConfiguration reports everything wrong with the entries together", async () => {
    const { entries, problems } = await read(
      [
        "modules:",
        "  - my-package#Mine",
        "  - 3",
        "  - modul: a",
        "  - module: 7",
        "    enabled: 'yes'",
        "    id: ''",
        "  - module: a",
        "    config: text",
        "    frobnicate: 1",
        "  - module: fine",
      ].join("\n"),
    );
    expect(problems).to.deep.equal([
      [
        'homeserver.yaml:2:5 modules[0]: a module must be a mapping with the key `module`, but it\'s the string "my-package#Mine" [LIGAND_CONFIG_TYPE]',
        "  Write it as `- module: my-package#Mine`.",
      ].join("\n"),
      [
        "homeserver.yaml:3:5 modules[1]: a module must be a mapping with the key `module`, but it's the number 3 [LIGAND_CONFIG_TYPE]",
        "  Write it as `- module: my-package#MyModule`.",
      ].join("\n"),
      [
        "homeserver.yaml:4:5 modules[2].modul: `modul` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]",
        "  Did you mean `module`?",
      ].join("\n"),
      [
        "homeserver.yaml:4:5 modules[2].module: the key `module` is missing; it must be a string such as `my-package#MyModule` or `./my-module.js#MyModule`, and must not be empty [LIGAND_CONFIG_MISSING_KEY]",
        "  Add `module:` with a value.",
      ].join("\n"),
      [
        "homeserver.yaml:5:13 modules[3].module: `module` must be a string such as `my-package#MyModule` or `./my-module.js#MyModule`, but it's the number 7 [LIGAND_CONFIG_TYPE]",
        "  Put the value in quotes.",
      ].join("\n"),
      [
        'homeserver.yaml:6:14 modules[3].enabled: `enabled` must be `true` or `false`, but it\'s the string "yes" [LIGAND_CONFIG_TYPE]',
        "  Write `true` or `false`, without quotes.",
      ].join("\n"),
      [
        "homeserver.yaml:7:9 modules[3].id: `id` must not be empty, but it's an empty string [LIGAND_CONFIG_INVALID]",
        "  Change the value, or leave `id` out.",
      ].join("\n"),
      [
        'homeserver.yaml:9:13 modules[4].config: `config` must be a mapping, but it\'s the string "text" [LIGAND_CONFIG_TYPE]',
        "  Write the keys of the config below `config:`, one per line.",
      ].join("\n"),
      [
        "homeserver.yaml:10:5 modules[4].frobnicate: `frobnicate` isn't a key of a module entry [LIGAND_CONFIG_UNKNOWN_KEY]",
        "  Move it below `config:` if the module documents it; the keys of an entry are `module`, `id`, `enabled`, `config`, `operate`.",
      ].join("\n"),
    ]);
    expect(entries!.map(({ specifier }) => specifier)).to.deep.equal(["fine"]);
  });

  it("readConfiguration asks for a list when `modules` is a mapping or a string", async () => {
    expect((await read("modules: {module: a}")).problems).to.deep.equal([
      [
        "homeserver.yaml:1:10 modules: `modules` must be a list of modules, but it's a mapping [LIGAND_CONFIG_TYPE]",
        "  Start each module with a dash: `- module: my-package#MyModule`.",
      ].join("\n"),
    ]);
    expect((await read("modules: a")).problems[0]).to.match(
      /^homeserver.yaml:1:10 modules: `modules` must be a list of modules, but it's the string "a"/,
    );
  });

  it("readConfiguration asks for a mapping when the file is a list", async () => {
    expect((await read("- module: a")).problems).to.deep.equal([
      [
        "homeserver.yaml:1:1: the file must contain a mapping, but it contains a list of 1 [LIGAND_CONFIG_TYPE]",
        "  Write the modules as a list below the key `modules:`.",
      ].join("\n"),
    ]);
  });

  it("readConfiguration refuses an id that two entries have, disabled or broken ones included", async () => {
    const { problems } = await read(
      [
        "modules:",
        "- {module: a, id: x, enabled: false}",
        "- {id: y}",
        "- {module: c, id: x}",
        "- {module: d, id: y}",
      ].join("\n"),
    );
    expect(problems.filter((text) => text.includes("REPEATED"))).to.deep.equal([
      [
        'homeserver.yaml:4:19 modules[2].id: duplicate module id "x" (first used on line 2) [LIGAND_MODULE_ID_REPEATED]',
        "  Give each entry its own `id`, or omit `id`.",
      ].join("\n"),
      [
        'homeserver.yaml:5:19 modules[3].id: duplicate module id "y" (first used on line 3) [LIGAND_MODULE_ID_REPEATED]',
        "  Give each entry its own `id`, or omit `id`.",
      ].join("\n"),
    ]);
  });

  it("readConfiguration notices a section that is called nearly `modules`, and nothing else of the homeserver's", async () => {
    const { entries, problems } = await read("server_name: x\nModules:\n  - module: a#B\nmodel: 1\n");
    expect(entries).to.equal(undefined);
    expect(problems).to.deep.equal([
      "homeserver.yaml:2:1 Modules: `Modules` isn't a known key, and there is no section `modules` [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `modules`?",
    ]);
    expect((await read("module: 1\nmodules: []")).problems).to.deep.equal([]);
  });

  it("readConfiguration shows the entry to write instead of a legacy key", async () => {
    const { problems } = await read(
      [
        "spam_checker:",
        "  module: old.filter.SpamFilter",
        "  config: {password: hunter2}",
        "third_party_event_rules: null",
        "password_providers: []",
        "presence:",
        "  presence_router:",
        "    module: old.Router",
      ].join("\n"),
    );
    expect(problems).to.deep.equal([
      [
        "homeserver.yaml:1:1 spam_checker: `spam_checker` is a legacy key. Synapse used it before `modules:` existed; Ligand ignores it [LIGAND_CONFIG_LEGACY_KEY]",
        "  Write the module as an entry of `modules:`.",
        "    modules:",
        '      - module: "<package or ./file.js>#SpamFilter"',
        "        config: # what is below `config` now",
      ].join("\n"),
      [
        "homeserver.yaml:7:3 presence.presence_router: `presence.presence_router` is a legacy key. Synapse used it before `modules:` existed; Ligand ignores it [LIGAND_CONFIG_LEGACY_KEY]",
        "  Write the module as an entry of `modules:`.",
        "    modules:",
        '      - module: "<package or ./file.js>#Router"',
      ].join("\n"),
    ]);
  });
});

describe("YAML features", () => {
  it("the YAML reader points through anchors and aliases to where the value is written", async () => {
    const entry = await readOne(
      ["x-users: &users", "  - '@a:x'", "  - 3", "modules:", "  - module: a", "    config: {evil: *users}"].join("\n"),
    );
    expect(entry.config).to.deep.equal({ evil: ["@a:x", 3] });
    expect(entry.locate(["config", "evil", 1], "value")).to.deep.equal({ file: "homeserver.yaml", line: 3, column: 5 });
    expect(entry.locate(["config", "evil"], "key")).to.deep.equal({ file: "homeserver.yaml", line: 6, column: 14 });
  });

  it("the YAML reader merges mappings, own keys first, then the earlier of several", async () => {
    const entry = await readOne(
      [
        "x-one: &one {a: 1, b: 1, c: 1}",
        "x-two: &two {b: 2, c: 2, d: 2}",
        "modules:",
        "  - module: a",
        "    config:",
        "      c: own",
        "      <<: [*one, *two]",
      ].join("\n"),
    );
    expect(entry.config).to.deep.equal({ a: 1, b: 1, c: "own", d: 2 });
    expect(entry.locate(["config", "d"], "key")).to.deep.equal({ file: "homeserver.yaml", line: 2, column: 26 });
    expect(entry.locate(["config", "c"], "value")).to.deep.equal({ file: "homeserver.yaml", line: 6, column: 10 });
  });

  it("the YAML reader merges entire entries", async () => {
    const entry = await readOne("x: &x {enabled: false}\nmodules:\n  - {module: a, <<: *x}\n");
    expect(entry.enabled).to.equal(false);
  });

  it("the YAML reader takes a quoted `<<` as a key like any other", async () => {
    expect((await readOne('modules: [{module: a, config: {"<<": 1}}]')).config).to.deep.equal({ "<<": 1 });
  });

  it("the YAML reader creates separate data for each use of an alias", async () => {
    const { entries } = await read("x: &x {l: [1]}\nmodules: [{module: a, config: *x}, {module: b, config: *x}]");
    expect(entries![0]!.config).to.deep.equal(entries![1]!.config);
    expect(entries![0]!.config["l"]).not.to.equal(entries![1]!.config["l"]);
  });

  it("the YAML reader follows YAML 1.2: `yes` and `0o17`", async () => {
    const { config } = await readOne("modules: [{module: a, config: {a: yes, b: 0o17, c: 1e3, d: 0x1F, e: ~}}]");
    expect(config).to.deep.equal({ a: "yes", b: 15, c: 1000, d: 31, e: null });
  });

  it("the YAML reader points to the second of two equal keys", async () => {
    const { problems } = await read("modules:\n  - module: a\n    config:\n      x: 1\n      y: 2\n      x: 3\n");
    expect(problems).to.deep.equal([
      [
        "homeserver.yaml:6:7 modules[0].config.x: duplicate key `x`, first in line 4 [LIGAND_CONFIG_DUPLICATE_KEY]",
        "  Remove one of the two.",
      ].join("\n"),
    ]);
  });

  it("the YAML reader points to a second section `modules`", async () => {
    const { problems } = await read("modules: []\nmodules: []\n");
    expect(problems).to.deep.equal([
      "homeserver.yaml:2:1 modules: duplicate key `modules`, first in line 1 [LIGAND_CONFIG_DUPLICATE_KEY]\n  Remove one of the two.",
    ]);
  });

  it("the YAML reader refuses aliases of unknown anchors and of anchors that contain them", async () => {
    const { problems } = await read("modules:\n  - module: *nope\n  - &me {module: a, config: {x: [*me]}}\n");
    expect(problems.filter((text) => text.includes("ALIASES"))).to.deep.equal([
      [
        "homeserver.yaml:2:13 modules[0].module: the alias `*nope` refers to nothing: there is no anchor `&nope` before it [LIGAND_CONFIG_ALIASES]",
        "  Put the value in quotes if it starts with `*`, or put `&nope` before the value you mean.",
      ].join("\n"),
      [
        "homeserver.yaml:3:34 modules[1].config.x[0]: the alias `*me` is inside its own anchor [LIGAND_CONFIG_ALIASES]",
        "  Write the value out.",
      ].join("\n"),
    ]);
  });

  it("the YAML reader refuses keys that aren't strings, keys that JavaScript reserves, and tags", async () => {
    const { problems } = await read(
      "modules:\n- module: a\n  config:\n    1: x\n    ? [a]\n    : y\n    __proto__: {z: 1}\n    t: !include other.yaml\n    <<: 3\n",
    );
    expect(problems).to.deep.equal([
      [
        "homeserver.yaml:4:5 modules[0].config: a key must be a string, but it's the number 1 [LIGAND_CONFIG_TYPE]",
        '  Put the key in quotes: `"1":`.',
      ].join("\n"),
      [
        "homeserver.yaml:5:7 modules[0].config: a key must be a string, but it's a list of 1 [LIGAND_CONFIG_TYPE]",
        "  Write a string as the key.",
      ].join("\n"),
      [
        "homeserver.yaml:7:5 modules[0].config: `__proto__` isn't accepted as a key anywhere in `modules` [LIGAND_CONFIG_UNKNOWN_KEY]",
        "  Remove the key.",
      ].join("\n"),
      [
        "homeserver.yaml:8:17 modules[0].config.t: the tag `!include` has no meaning here [LIGAND_CONFIG_SYNTAX]",
        "  Write the value itself; nothing is included or computed.",
      ].join("\n"),
      [
        'homeserver.yaml:9:9 modules[0].config["<<"]: the merge key `<<` has the number 3; it needs a mapping or a list of mappings [LIGAND_CONFIG_TYPE]',
        "  Write an alias of a mapping after `<<:`, such as `<<: *defaults`.",
      ].join("\n"),
    ]);
    expect(({} as { z?: unknown }).z).to.equal(undefined);
  });

  it("the YAML reader counts lines and columns the same with a byte order mark and CRLF", async () => {
    const text = "modules:\n  - module: 1\n    extra: 2\n";
    const plain = await read(text);
    expect(plain.problems).to.have.lengthOf(2);
    expect((await read(`\uFEFF${text.replaceAll("\n", "\r\n")}`)).problems).to.deep.equal(plain.problems);
  });

  it("the YAML reader counts lines inside what isn't valid", async () => {
    const { raw } = await read("[*a b{c\n  d\n]\n@x\n");
    expect(raw.map(({ position }) => [position!.line, position!.column])).to.deep.equal([
      [1, 5],
      [4, 1],
    ]);
  });

  it("the YAML reader explains tabs", async () => {
    expect((await read("modules:\n\t- module: a\n")).problems[0]).to.match(
      /^homeserver.yaml:2:1: the file isn't valid YAML: Tabs are not allowed as indentation \[LIGAND_CONFIG_SYNTAX\]\n {2}Indent with spaces instead of tabs.$/,
    );
  });

  it("the YAML reader explains a second document", async () => {
    expect((await read("modules: []\n---\nmodules: []\n")).problems).to.deep.equal([
      [
        "homeserver.yaml:2:1: the file has a second YAML document; only one is read [LIGAND_CONFIG_SYNTAX]",
        "  Remove the line `---` and what follows it, or join the two documents.",
      ].join("\n"),
    ]);
  });
});

describe("reading configuration files", () => {
  let folder: string;
  const write = async (name: string, content: string | Uint8Array) => {
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  };
  const readFiles = async (...files: string[]) => {
    const { value: entries = [], problems } = await readConfiguration(files);
    return { specifiers: entries.map(({ specifier }) => specifier), problems };
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-read-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("readConfiguration lets the last file that has the section win entirely", async () => {
    const one = await write("1.yaml", "modules: [{module: a}, {module: b}]");
    const two = await write("2.yaml", "modules: [{module: c}]");
    const three = await write("3.yaml", "server_name: x");
    const four = await write("4.yaml", "modules:");
    expect((await readFiles(one, two, three)).specifiers).to.deep.equal(["c"]);
    expect((await readFiles(one, four)).specifiers).to.deep.equal([]);
    expect(await readFiles(three, two)).to.deep.equal({ specifiers: ["c"], problems: [] });
    expect(await readFiles()).to.deep.equal({ specifiers: [], problems: [] });
  });

  it("readConfiguration warns of modules that are lost because a later file has the section as well", async () => {
    const one = await write("ban-lists.yaml", "modules:\n  - module: a\n  - module: b\n");
    const two = await write("login.yaml", "modules:\n  - module: c\n");
    const { problems } = await readFiles(one, two);
    expect(problems.map(formatProblem)).to.deep.equal([
      [
        `${one}:2:5 modules: the modules listed here aren't loaded: \`${two}\` has a section \`modules\` as well, and the last file wins [LIGAND_CONFIG_UNUSED]`,
        "  List all modules in one of the two files.",
      ].join("\n"),
    ]);
    expect(problems.map(({ severity }) => severity)).to.deep.equal(["warning"]);
    const empty = await write("empty.yaml", "modules: []\n");
    expect(await readFiles(empty, two)).to.deep.equal({ specifiers: ["c"], problems: [] });
  });

  it("readConfiguration reads a folder as its files `*.yaml` in the order of their names", async () => {
    const conf = join(folder, "conf.d");
    await mkdir(join(conf, "a-folder.yaml"), { recursive: true });
    await write("conf.d/50-login.yaml", "modules: [{module: c}]");
    await write("conf.d/10-first.yaml", "modules: [{module: a}]");
    await write("conf.d/90-notes.md", "modules: [{module: d}]");
    const { specifiers, problems } = await readFiles(conf);
    expect(specifiers).to.deep.equal(["c"]);
    expect(problems.map(({ code, position }) => [code, position?.file])).to.deep.equal([
      ["LIGAND_CONFIG_UNUSED", join(conf, "10-first.yaml")],
    ]);
  });

  it("readConfiguration refuses a folder without files `*.yaml`", async () => {
    const conf = join(folder, "empty.d");
    await mkdir(conf);
    expect((await readFiles(conf)).problems.map(formatProblem)).to.deep.equal([
      [
        `the folder \`${conf}\` has no files \`*.yaml\` [LIGAND_CONFIG_UNREADABLE]`,
        "  Name a file, or give the files in the folder names that end with `.yaml`.",
      ].join("\n"),
    ]);
  });

  it("readConfiguration checks all files, even those that another one overrides", async () => {
    const one = await write("5.yaml", "modules: [3]");
    const two = await write("6.yaml", "modules: [{module: c}]\nspam_checker: {module: x}");
    const { specifiers, problems } = await readFiles(one, join(folder, "absent.yaml"), two);
    expect(specifiers).to.deep.equal(["c"]);
    expect(problems.map(({ code, position }) => [code, position?.file])).to.deep.equal([
      ["LIGAND_CONFIG_UNREADABLE", undefined],
      ["LIGAND_CONFIG_TYPE", one],
      ["LIGAND_CONFIG_LEGACY_KEY", two],
    ]);
    expect(problems[0]!.message).to.equal(`the configuration file \`${join(folder, "absent.yaml")}\` couldn't be read`);
    expect((problems[0]!.cause as NodeJS.ErrnoException).code).to.equal("ENOENT");
  });

  it("readConfiguration refuses files that are too large", async () => {
    const file = await write("large.yaml", Buffer.alloc(10 * 1024 * 1024, "a"));
    expect((await readFiles(file)).problems.map(formatProblem)).to.deep.equal([
      [
        `${file}:1:1: the file has more than 4194304 bytes [LIGAND_CONFIG_TOO_LARGE]`,
        "  Move data out of the configuration file: the limits are 4 MiB and 100 levels.",
      ].join("\n"),
    ]);
  });

  it("readConfiguration reads a file of just the largest size", async () => {
    const file = await write("largest.yaml", Buffer.alloc(4 * 1024 * 1024, "#"));
    expect(await readFiles(file)).to.deep.equal({ specifiers: [], problems: [] });
  });

  it("readConfiguration doesn't read a device forever", async () => {
    expect((await readFiles("/dev/zero")).problems.map(({ code }) => code)).to.deep.equal(["LIGAND_CONFIG_TOO_LARGE"]);
  });

  it("readConfiguration refuses a named pipe, which would be waited for", async function () {
    if (process.platform === "win32") this.skip();
    const file = join(folder, "pipe.yaml");
    execFileSync("mkfifo", [file]);
    expect((await readFiles(file)).problems.map(formatProblem)).to.deep.equal([
      [
        `the configuration file \`${file}\` couldn't be read [LIGAND_CONFIG_UNREADABLE]`,
        "  Check that the path is right and that the process may read the file.",
        "  caused by: it's a named pipe",
      ].join("\n"),
    ]);
  });

  it("readConfiguration takes the paths of what a shell passes to begin where the command runs", async () => {
    const text = "modules: [{module: ./greeter.js}]\n";
    for (const file of ["/dev/stdin", "/dev/fd/63", "/proc/self/fd/0"]) {
      const { value = [] } = await readConfigurationText(text, file);
      expect(value.map(({ directory }) => directory)).to.deep.equal([process.cwd()]);
    }
  });

  it("readConfiguration takes the paths in a file on a device for memory to start in its folder", async () => {
    const text = "modules: [{module: ./greeter.js}]\n";
    const { value = [] } = await readConfigurationText(text, "/dev/shm/homeserver/homeserver.yaml");
    expect(value.map(({ directory }) => directory)).to.deep.equal(["/dev/shm/homeserver"]);
  });

  it("readConfiguration points to the first byte that isn't UTF-8", async () => {
    const file = await write("latin.yaml", Buffer.from("a: é\nb: x\xE9y\n".replace("é", "\u00c3\u00a9"), "latin1"));
    expect((await readFiles(file)).problems.map(formatProblem)).to.deep.equal([
      `${file}:2:5: the file isn't UTF-8 text [LIGAND_CONFIG_SYNTAX]\n  Save the file as UTF-8.`,
    ]);
  });

  for (const [what, before, encode] of [
    ["with a mark", "\uFEFF", (text: string) => Buffer.from(text, "utf16le")],
    ["without a mark", "", (text: string) => Buffer.from(text, "utf16le")],
    ["of the other order with a mark", "\uFEFF", (text: string) => Buffer.from(text, "utf16le").swap16()],
    ["of the other order without a mark", "", (text: string) => Buffer.from(text, "utf16le").swap16()],
  ] as const) {
    it(`readConfiguration says that a file is UTF-16, ${what}, as PowerShell and editors of Windows write it`, async () => {
      const file = await write("wide.yaml", encode(`${before}modules: []\n`));
      expect((await readFiles(file)).problems.map(formatProblem)).to.deep.equal([
        `${file}:1:1: the file is UTF-16 text [LIGAND_CONFIG_SYNTAX]\n  Save the file as UTF-8.`,
      ]);
    });
  }

  it("readConfiguration points to a NUL byte", async () => {
    const file = await write("nul.yaml", "a: 1\nb: x\0y\n");
    expect((await readFiles(file)).problems.map(formatProblem)).to.deep.equal([
      [
        `${file}:2:5: the file has the control character U+0000, which YAML forbids [LIGAND_CONFIG_SYNTAX]`,
        "  Remove the character. Inside double quotes you can write it as an escape, such as `\\0`.",
      ].join("\n"),
    ]);
  });
});
