import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { AnyHook } from "#src/hooks/hook.js";
import type { Category } from "#src/hooks/category.js";
import { referenceName, registeringMethod } from "#src/hooks/reference-name.js";
import type { ServiceMethod } from "#src/services/service-declaration.js";
import { SERVICES } from "#src/services/services.js";
import { PYTHON } from "./running-synapse.js";

function python(...lines: string[]): unknown {
  return JSON.parse(execFileSync(PYTHON, ["-c", lines.join("\n")], { encoding: "utf8" }));
}

/** The hooks of the catalogue by their names in Synapse, and how many arguments each has. */
const DECLARED = Object.fromEntries(
  Object.values(CATALOGUE).flatMap(({ hooks }) =>
    Object.entries(hooks as Record<string, AnyHook>).map(([name, hook]) => [
      referenceName(name, hook),
      (hook.parameters as unknown[]).length,
    ]),
  ),
);

/** The methods of a service that modules in another process call on the homeserver. */
function methodsThatCross(methods: Readonly<Record<string, ServiceMethod>>): string[] {
  return Object.entries(methods)
    .filter(([, { runsIn }]) => runsIn !== "module")
    .map(([name]) => name)
    .sort();
}

describe("the catalogue, beside the installed Synapse", () => {
  it("case 420 on Synapse: the catalogue, beside the installed Synapse has every hook that Synapse takes, category by category, and no other", () => {
    const taken = python(
      "import inspect, json",
      "from synapse.module_api import ModuleApi",
      "functions = {n: f for n, f in inspect.getmembers(ModuleApi) if n.startswith('register_') and n.endswith('_callbacks')}",
      "print(json.dumps({n: sorted(p for p in inspect.signature(f).parameters if p != 'self') for n, f in functions.items()}))",
    );
    const declared = Object.values<Category>(CATALOGUE).map((category) => [
      registeringMethod(category),
      Object.entries(category.hooks)
        .map(([name, hook]) => referenceName(name, hook))
        .sort(),
    ]);
    expect(taken).to.deep.equal(Object.fromEntries(declared));
  });

  it("case 420 on Synapse: the catalogue, beside the installed Synapse, has the hooks that the Python side has, with as many arguments", () => {
    const known = python(
      "import json",
      "from ligand_synapse.hooks import HOOKS",
      "print(json.dumps({name: hook.arity for name, hook in HOOKS.items()}))",
    );
    expect(known).to.deep.equal(DECLARED);
  });

  it("the catalogue, beside the installed Synapse has the methods of services that the Python side offers, and no other", () => {
    const offered = python(
      "import json",
      "from ligand_synapse.services import SERVICES",
      "print(json.dumps({n: sorted(m for m in vars(s) if m[0] != '_') for n, s in SERVICES.items()}))",
    ) as Record<string, string[]>;
    const declared = Object.entries(SERVICES)
      .filter(([, { declaration }]) => declaration.runsIn === "homeserver")
      .map(([name, { declaration }]) => [name, methodsThatCross(declaration.methods)]);
    expect(offered).to.deep.equal(Object.fromEntries(declared));
  });
});
