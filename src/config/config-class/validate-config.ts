import { isDeepStrictEqual } from "node:util";
import type { Newable } from "inversify";
import { shownArgument } from "../../errors/describe.js";
import type { Outcome } from "../../errors/outcome.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { prepareMaps } from "./config-keys.js";
import { configInstances, type ConfigInstance } from "./config-instances.js";
import { placesIn, type Locate, type PlaceOf } from "../config-path.js";
import { firstProblems } from "../../errors/limit-problems.js";
import { suggest } from "../../errors/did-you-mean.js";
import { contrast, describeFound } from "../describe-found.js";
import { folderOf } from "../read-text.js";
import { rejectionProblem } from "../reject-config.js";
import { declareSecrets, readSecrets } from "./secret-values.js";
import { makeInstance } from "./make-instance.js";
import { brokenRules, type BrokenRules } from "./rule-problems.js";
import { structureFaults, type StructureFault } from "./structure-faults.js";
import { unknownKeys, type UnknownKey } from "./unknown-keys.js";
import { validateInstance } from "./validator-metadata.js";

/**
 * Makes an instance of a config class from plain data and validates it, nested classes included. Nothing is
 * converted: text stays text. Once all rules hold, the methods `validate()` of the classes run, for rules that span
 * several keys; they reject by {@link rejectConfig}.
 *
 * @param Class the config class, decorated with class-validator and class-transformer
 * @param raw what the configuration says
 * @param locate where the parts of `raw` are written
 * @param basePath the path of `raw` as text, such as `modules[1].config`
 * @param known a valid config that the same `raw` came to before. A config that is the same again is valid, too, and the
 *   rules are most of the work of a reload. Those of `validate()` hold for more than the config, and may change it.
 */
export async function validateConfig<T extends object>(
  Class: Newable<T>,
  raw: object,
  locate: Locate,
  basePath: string,
  known?: unknown,
): Promise<Outcome<T>> {
  const at = placesIn(locate, basePath);
  try {
    prepareMaps(Class);
    declareSecrets(Class);
    const value = raw instanceof Class ? raw : makeInstance(Class, raw);
    const instances = configInstances(value);
    const directory = () => folderOf(locate([], "value")?.file ?? "a file of the working directory");
    const failed = raw instanceof Class ? [] : await readSecrets(instances, raw, directory, at);
    if (raw !== value && failed.length === 0 && isSame(value, known, instances)) return { value, problems: [] };
    const structure = structureFaults(instances);
    const rules = await brokenRules(await validateInstance(value), value);
    const unexplained = rules.filter((broken) => !isExplained(broken, [...structure, ...failed]));
    const problems = [
      ...failed.map(({ problem }) => problem),
      ...firstProblems(unknownKeys(raw, value), (unknown) => unknownKeyProblem(unknown, at)),
      ...firstProblems(structure, (fault) => structureProblem(fault, at)),
      ...firstProblems(unexplained, (broken) => ruleProblem(broken, at)),
    ];
    if (problems.length === 0) problems.push(...(await selfCheckProblems(instances, at)));
    return problems.length > 0 ? { problems } : { value, problems };
  } catch (error) {
    return { problems: [rejectionProblem(error, at, `the config class \`${Class.name}\``)] };
  }
}

function isSame(value: object, known: unknown, instances: readonly ConfigInstance[]): boolean {
  if (known === undefined || instances.some(({ instance }) => typeof instance.validate === "function")) return false;
  return isDeepStrictEqual(value, known);
}

/** What the `validate()` methods of the config class and of nested ones reject. */
async function selfCheckProblems(instances: readonly ConfigInstance[], at: PlaceOf): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { Class, instance, path } of instances) {
    const { validate } = instance;
    if (typeof validate !== "function") continue;
    try {
      await validate.call(instance);
    } catch (error) {
      const within: PlaceOf = (inner, what) => at([...path, ...inner], what);
      problems.push(rejectionProblem(error, within, `the config class \`${Class.name}\``));
    }
  }
  return problems;
}

function unknownKeyProblem({ path, key, known }: UnknownKey, at: PlaceOf): Problem {
  const list = known.length ? `the known keys are ${known.map((name) => `\`${name}\``).join(", ")}` : "no key is known";
  return problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a known key`, {
    ...at(path, "key"),
    remedy: suggest(key, known, `Remove the key; ${list}.`),
  });
}

function structureProblem({ code, path, message, remedy }: StructureFault, at: PlaceOf): Problem {
  return problemOf(code, message, { ...at(path, code === "LIGAND_CONFIG_MISSING_KEY" ? "key" : "value"), remedy });
}

/** Whether rules are broken only because the value has an entirely wrong shape. */
function isExplained({ path }: BrokenRules, structure: readonly Pick<StructureFault, "path">[]): boolean {
  return structure.some((fault) => fault.path.every((segment, index) => segment === path[index]));
}

function ruleProblem(
  { code, path, value, expected, meant, remedy, absent, pathKey }: BrokenRules,
  at: PlaceOf,
): Problem {
  const { predicates, sentences } = sorted(expected);
  const must = predicates.join(", and ");
  if (code === "LIGAND_CONFIG_MISSING_KEY") {
    const key = path.at(-1);
    const instead = pathKey === undefined ? "" : `, or \`${pathKey}:\` with the path of a file that holds it`;
    const add = `Add \`${key}:\` with a value${instead}.`;
    const rules = [...(must === "" ? [] : [`it ${must}`]), ...sentences].join("; ");
    return problemOf(code, `the key \`${key}\` is missing; ${rules}`, { ...at(path, "key"), remedy: add });
  }
  const found = must === "" ? `found ${describeFound(value, path)}` : contrast(must, value, path);
  return problemOf(code, [found, ...sentences].join("; "), {
    ...at(path, "value"),
    remedy:
      meant === undefined
        ? (remedy ?? mappingRemedy(expected) ?? quotesRemedy(value, expected.join("; ")) ?? leaveOutRemedy(absent))
        : `Did you mean \`${meant}\`?`,
  });
}

/** The messages of rules: those that go on from the name of a key, and those that are sentences of their own. */
function sorted(expected: readonly string[]): Record<"predicates" | "sentences", readonly string[]> {
  const isPredicate = (rule: string) => /^(must|should|may|can|cannot|needs|has to) /.test(rule);
  return { predicates: expected.filter(isPredicate), sentences: expected.filter((rule) => !isPredicate(rule)) };
}

function mappingRemedy(expected: readonly string[]): string | undefined {
  return expected.includes("must be a mapping") ? "Write a mapping: its keys, one a line." : undefined;
}

/** The remedy for a value of which the rules have said all: what stands in its place when the key is left out. */
function leaveOutRemedy(absent: BrokenRules["absent"]): string {
  if (!absent) return "Change the value.";
  const instead = absent.value === undefined ? "" : `; the default is ${shownArgument(absent.value)}`;
  return `Change the value, or leave \`${absent.key}\` out${instead}.`;
}

/** The remedy for a number or boolean that should be a string, or vice versa. */
function quotesRemedy(value: unknown, rules: string): string | undefined {
  if (/must be a (string|text)/.test(rules)) {
    return typeof value === "number" || typeof value === "boolean" ? "Put the value in quotes." : undefined;
  }
  if (typeof value !== "string") return undefined;
  if (/must be an? (number|integer)/.test(rules) && value.trim() !== "" && Number.isFinite(Number(value))) {
    return "Remove the quotes.";
  }
  return /must be a boolean|`true` or `false`/.test(rules) ? "Write `true` or `false`, without quotes." : undefined;
}
