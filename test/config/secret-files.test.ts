import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Type } from "class-transformer";
import { IsOptional, IsString, MinLength, ValidateNested } from "class-validator";
import { expect } from "chai";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { formatProblem } from "#src/errors/problem.js";
import {
  inject,
  LigandError,
  Module,
  ModuleConfig,
  ModuleLogger,
  postConstruct,
  Secret,
  startModules,
} from "#src/index.js";
import { moduleConfig } from "#src/modules/module-config.js";
import { modulesSchema } from "#src/modules/modules-schema.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { run } from "../cli/captured-terminal.js";

class Server {
  @Secret()
  @MinLength(4)
  @IsString()
  pin!: string;
}

class BotConfig {
  /** Opens the door. */
  @Secret()
  @IsString()
  door!: string;

  @Secret()
  @IsOptional()
  @IsString()
  hatch = "the default hatch";

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Server)
  servers: Server[] = [];
}

@Module({ config: BotConfig })
class Bot {
  constructor(
    @inject(ModuleConfig) private readonly config: BotConfig,
    @inject(ModuleLogger) private readonly log: ModuleLogger,
  ) {}

  @postConstruct()
  start(): void {
    this.log.info(`the door opens by ${this.config.door}`, {
      config: this.config,
      url: `/x?d=${encodeURIComponent(this.config.door)}`,
    });
  }
}

const folder = mkdtempSync(join(tmpdir(), "ligand-secrets-"));
const DOOR = "open sesame/42";

/** The config of a YAML string, with its problems. */
async function configOf(text: string): Promise<{ value?: BotConfig; problems: string[] }> {
  const file = join(folder, "homeserver.yaml");
  const read = await readConfigurationText(`modules:\n  - module: x\n    config:\n${text}`, file);
  const [entry] = read.value!;
  const { value, problems } = await moduleConfig(
    Bot,
    entry!.config,
    (path, what) => entry!.locate(["config", ...path], what),
    "modules[0].config",
  );
  return {
    value: value as BotConfig,
    problems: problems.map(formatProblem).map((said) => said.replaceAll(folder, "…")),
  };
}

describe("secrets of configs", () => {
  before(() => {
    writeFileSync(join(folder, "door.txt"), `  ${DOOR}\n`);
    writeFileSync(join(folder, "pin.txt"), "12\n");
    writeFileSync(join(folder, "empty.txt"), "\n");
    writeFileSync(join(folder, "large.txt"), "x".repeat(70_000));
    execFileSync("mkfifo", [join(folder, "pipe")]);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("secrets may be files, which are found from the folder of the configuration file", async () => {
    const { value, problems } = await configOf("      door_path: door.txt\n      hatch_path:\n");
    expect(problems).to.deep.equal([]);
    expect(value!.door).to.equal(DOOR);
    expect(value!.hatch).to.equal("the default hatch");
    expect(value).not.to.have.property("door_path");
  });

  it("secrets may be files in the mappings of a config, and keep to the rules of their keys", async () => {
    const { problems } = await configOf("      door: abcde\n      servers: [{pin_path: ./pin.txt}, {pin: 1234}]\n");
    expect(problems).to.deep.equal([
      "…/homeserver.yaml:5:17 modules[0].config.servers[0].pin: `pin` must be longer than or equal to 4 characters, but it's a string (not shown) [LIGAND_CONFIG_INVALID]\n  Change the value.",
      "…/homeserver.yaml:5:46 modules[0].config.servers[1].pin: `pin` must be a string, and must be longer than or equal to 4 characters, but it's a number (not shown) [LIGAND_CONFIG_TYPE]\n  Put the value in quotes.",
    ]);
  });

  for (const [what, written, said] of [
    [
      "is missing",
      "hatch: x",
      "3:5 modules[0].config.door: the key `door` is missing; it must be a string [LIGAND_CONFIG_MISSING_KEY]\n  Add `door:` with a value, or `door_path:` with the path of a file that holds it.",
    ],
    [
      "is given twice",
      "{door: abcde, door_path: door.txt}",
      "4:21 modules[0].config.door_path: `door` and `door_path` are both given [LIGAND_CONFIG_INVALID]\n  Remove one of the two.",
    ],
    [
      "is in no file",
      "door_path: absent.txt",
      "4:18 modules[0].config.door_path: the file `…/absent.txt`, which must hold `door`, couldn't be read [LIGAND_CONFIG_UNREADABLE]\n  Check that the path is right and that the process may read the file.\n  caused by: ENOENT: no such file or directory, open '…/absent.txt'",
    ],
    [
      "is in a folder",
      "door_path: .",
      "4:18 modules[0].config.door_path: the file `…`, which must hold `door`, couldn't be read [LIGAND_CONFIG_UNREADABLE]\n  Check that the path is right and that the process may read the file.\n  caused by: it isn't a regular file",
    ],
    [
      "is in a named pipe",
      "door_path: pipe",
      "4:18 modules[0].config.door_path: the file `…/pipe`, which must hold `door`, couldn't be read [LIGAND_CONFIG_UNREADABLE]\n  Check that the path is right and that the process may read the file.\n  caused by: it isn't a regular file",
    ],
    [
      "is in an empty file",
      "door_path: empty.txt",
      "4:18 modules[0].config.door_path: the file `…/empty.txt` is empty; it must hold `door` [LIGAND_CONFIG_INVALID]\n  Write the secret into the file.",
    ],
    [
      "is in a large file",
      "door_path: large.txt",
      "4:18 modules[0].config.door_path: the file `…/large.txt`, which must hold `door`, couldn't be read [LIGAND_CONFIG_UNREADABLE]\n  Check that the path is right and that the process may read the file.\n  caused by: the file has more than 65536 bytes",
    ],
    [
      "has a number for its path",
      "door_path: 3",
      "4:18 modules[0].config.door_path: `door_path` must be the path of a file that holds `door`, but it's the number 3 [LIGAND_CONFIG_TYPE]\n  Write the path as a string.",
    ],
  ] as const) {
    it(`one problem is reported where a secret ${what}`, async () => {
      const { problems } = await configOf(`      ${written}\n`);
      expect(problems).to.deep.equal([`…/homeserver.yaml:${said}`]);
    });
  }

  it("a key that is no secret has no file", async () => {
    const { problems } = await configOf("      door: abcde\n      servers_path: x\n");
    expect(problems).to.deep.equal([
      "…/homeserver.yaml:5:7 modules[0].config.servers_path: `servers_path` isn't a known key [LIGAND_CONFIG_UNKNOWN_KEY]\n  Did you mean `servers`?",
    ]);
  });

  it("secrets of configs are hidden in whatever a module logs", async () => {
    const { logger, records } = captureLogs();
    await using host = await startModules({
      modules: [{ module: Bot, config: { door_path: join(folder, "door.txt"), servers: [{ pin: "9876543" }] } }],
      logger,
    });
    await host.stop();
    expect(JSON.stringify(records)).not.to.match(/sesame|9876543/);
    const line = records.find(({ message }) => message.startsWith("the door"))!;
    expect(line.message).to.equal("the door opens by [redacted]");
    expect(line["url"]).to.equal("/x?d=[redacted]");
  });

  it("secrets of configs are hidden in the lines that `ligand check` shows, and in schemas", async () => {
    const file = join(folder, "shown.yaml");
    writeFileSync(
      file,
      `modules:\n  - module: ${resolve("test/fixtures/config/modules.mjs")}#Door\n    config: {door: [opensesame], bolt: 1, wide: x}\n`,
    );
    for (const args of [
      ["check", file],
      ["check", "--format", "json", file],
      ["check", "--format", "github", file],
      ["schema", file],
      ["explain", file],
    ]) {
      const { stdout, stderr } = await run(args);
      expect(stdout + stderr).not.to.include("opensesame");
      expect(stdout + stderr).not.to.include("ajar");
    }
    const { stdout } = await run(["check", file]);
    expect(stdout).to.include("3 |     config: {door: …\n");
  });

  it("secrets of configs have a key for their file in the schema, and no default", async () => {
    const schema = (await modulesSchema([{ specifier: "x", class: Bot }])) as unknown as {
      $defs: { BotConfig: { properties: Record<string, unknown> } };
    };
    const { properties, ...others } = schema.$defs.BotConfig;
    expect(properties).to.have.keys("door", "door_path", "hatch", "hatch_path", "servers");
    expect(properties["hatch"]).to.deep.equal({ type: ["string", "null"], writeOnly: true });
    expect(properties["door_path"]).to.deep.equal({
      description: "The path of a file that holds `door`.",
      type: ["string", "null"],
    });
    expect(others).to.deep.equal({
      type: "object",
      allOf: [
        { oneOf: [{ required: ["door"] }, { required: ["door_path"] }] },
        { not: { required: ["hatch", "hatch_path"] } },
      ],
      additionalProperties: false,
    });
  });

  it("@Secret refuses what is no property", () => {
    const secret = Secret() as unknown as (...args: unknown[]) => void;
    const misused: (() => unknown)[] = [
      () => secret(BotConfig),
      () => secret(BotConfig, "door"),
      () => secret(BotConfig.prototype, "method", { value() {} }),
      () => secret(undefined, { kind: "field", name: "door" }),
      () => (Secret as unknown as (...args: unknown[]) => void)(BotConfig.prototype, "door"),
    ];
    for (const misuse of misused) {
      expect(misuse).to.throw(LigandError).with.property("code", "LIGAND_DECORATOR_MISUSED");
    }
  });
});
