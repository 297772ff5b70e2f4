import { ERRORS } from "../errors/catalogue.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { formatPath, type ConfigPath } from "./config-path.js";
import type { YamlFile } from "./parse-yaml.js";
import { isEmpty, offsetOf, type MapSource, type Source } from "./source.js";

/** The keys that configured modules before `modules:` existed. */
const LEGACY_KEYS: readonly ConfigPath[] = [
  ["spam_checker"],
  ["third_party_event_rules"],
  ["presence", "presence_router"],
  ["password_providers"],
];

/** One problem for each legacy key in use; its remedy is the `modules:` entry to write instead. */
export function legacyKeyProblems(root: MapSource, yaml: YamlFile): Problem[] {
  return LEGACY_KEYS.flatMap((path) => {
    const source = find(root, path);
    // An empty value turned the key off.
    if (!source || isEmpty(source)) return [];
    const name = formatPath("", path);
    return [
      problemOf(
        "LIGAND_CONFIG_LEGACY_KEY",
        `\`${name}\` is a legacy key. Synapse used it before \`modules:\` existed; Ligand ignores it`,
        {
          position: yaml.position(offsetOf(root, path, "key")),
          path: name,
          remedy: `${ERRORS.LIGAND_CONFIG_LEGACY_KEY.remedy}\n${modulesText(source)}`,
        },
      ),
    ];
  });
}

function find(root: Source, path: ConfigPath): Source | undefined {
  return path.reduce<Source | undefined>(
    (source, key) => (source?.kind === "map" ? source.entries.get(String(key))?.source : undefined),
    root,
  );
}

/** From where the name of a class is taken; the pattern's time grows with the square of it. */
const LONGEST_NAME = 100;

/** The section to write, below the remedy. The config isn't repeated: it may hold secrets. */
function modulesText(source: Source): string {
  const items = source.kind === "list" ? source.items : [source];
  const lines = items.flatMap((item) => {
    const named = find(item, ["module"]);
    const oldName = named?.kind === "scalar" && typeof named.value === "string" ? named.value : "";
    const className = /[\w$]+$/.exec(oldName.slice(-LONGEST_NAME))?.[0] ?? "ModuleClass";
    const config = find(item, ["config"]);
    const hasConfig = config !== undefined && !isEmpty(config);
    return [
      `      - module: "<package or ./file.js>#${className}"`,
      ...(hasConfig ? ["        config: # what is below `config` now"] : []),
    ];
  });
  return ["    modules:", ...lines].join("\n");
}
