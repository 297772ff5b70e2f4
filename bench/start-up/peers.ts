import { NestFactory } from "@nestjs/core";
import { plainToInstance } from "class-transformer";
import { validateOrReject } from "class-validator";
import { Container } from "inversify";
import { createLogger, startModules } from "ligand";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import type { GeneratedConfig } from "./generated.js";
import type { GeneratedModule } from "./module-classes.js";
import { startByStages, type Stages } from "./stages.js";

/** A started application: something to hold on to while memory is measured. */
type Started = unknown;
/** A peer starts the modules of a configuration file. */
type Start = (configFile: string) => Promise<Started>;

/** A module of the configuration, loaded, with its config. */
interface Configured extends GeneratedModule {
  readonly value: GeneratedConfig;
}

/** The peers make none while the clock runs. */
const logger = createLogger({ level: "warn" });

export const PEERS = {
  /** No container; a config is what the YAML says. */
  unvalidated: async (configFile) =>
    Promise.all((await entriesOf(configFile)).map(async ([module, config]) => new module.class(config))),
  plain: async (configFile) => (await configured(configFile)).map(({ class: Class, value }) => new Class(value)),
  inversify: async (configFile) => {
    const container = new Container();
    const modules = await configured(configFile);
    for (const { class: Class, token, value } of modules) {
      container.bind(token).toConstantValue(value);
      container.bind(Class).toSelf().inSingletonScope();
    }
    return modules.map((module) => container.get(module.class));
  },
  nest: async (configFile) => {
    const modules = await configured(configFile);
    const providers = modules.flatMap(({ class: Class, token, value }) => [Class, { provide: token, useValue: value }]);
    class Root {}
    return NestFactory.createApplicationContext({ module: Root, providers }, { logger: false });
  },
  ligand: (configFile) => startModules({ configFile, logger }),
} satisfies Record<string, Start>;

/** The peers' packages are imported before the clock starts: so are Ligand's files. */
export async function importFirst(): Promise<void> {
  await Promise.all([
    import("#src/config/read-configuration.js"),
    import("#src/config/config-class/config-class.js"),
    import("#src/modules/load-modules.js"),
  ]);
}

export type PeerName = keyof typeof PEERS | "stages";

/** Where the generator of a peer's module classes is exported, in `module-classes.ts`. */
export const GENERATORS: Readonly<Record<PeerName, string>> = {
  unvalidated: "plainModule",
  plain: "plainModule",
  inversify: "inversifyModule",
  nest: "nestModule",
  ligand: "ligandModule",
  stages: "ligandModule",
};

export function isStages(peer: PeerName): peer is "stages" {
  return peer === "stages";
}

export const stages: (configFile: string) => Promise<Stages> = startByStages;

interface YamlEntry {
  readonly module: string;
  readonly config: GeneratedConfig;
}

/** What any application does with such a file: parse it, and import what it names. */
async function entriesOf(configFile: string): Promise<[GeneratedModule, GeneratedConfig][]> {
  const { modules } = parse(await readFile(configFile, "utf8")) as { modules: YamlEntry[] };
  return Promise.all(
    modules.map(async ({ module, config }): Promise<[GeneratedModule, GeneratedConfig]> => {
      const url = pathToFileURL(resolve(dirname(configFile), module)).href;
      const { default: generated } = (await import(url)) as { default: GeneratedModule };
      return [generated, config];
    }),
  );
}

/** The same, with configs made instances of their classes and validated by class-validator as it is. */
async function configured(configFile: string): Promise<Configured[]> {
  const result: Configured[] = [];
  for (const [module, config] of await entriesOf(configFile)) {
    const value = plainToInstance(module.config, config);
    await validateOrReject(value, { whitelist: true, forbidNonWhitelisted: true });
    result.push({ ...module, value });
  }
  return result;
}
