import { problemOf, type Problem } from "../errors/problem.js";
import { checkFailures } from "./check-failures.js";
import { checkNarrowing } from "./check-narrowing.js";
import { checkShadow } from "./check-shadow.js";
import type { CheckedModule } from "./checked-module.js";

/** Everything that a module's `operate:` wants and can't have, and what has no effect. */
export function checkOperate(module: CheckedModule): Problem[] {
  return [...unregistered(module), ...checkFailures(module), ...checkNarrowing(module), ...checkShadow(module)];
}

/** Hooks below `hooks:` that the module doesn't register. */
function unregistered({ id, operate, hooks, at }: CheckedModule): Problem[] {
  const registered = new Set(hooks.map(({ name }) => name));
  return Array.from(operate.hooks)
    .filter(([name]) => !registered.has(name))
    .map(([name, { written }]) => {
      const path = Object.values(written).find((each) => each[1] === "hooks") ?? ["operate", "hooks", name];
      return problemOf(
        "LIGAND_CONFIG_UNUSED",
        `module ${id} has no callback on ${name}, so what is written for it has no effect`,
        {
          severity: "warning",
          ...at(path.slice(0, 3), "key"),
          remedy: "Remove it, or write it for a hook that the module has; `ligand explain` lists them.",
        },
      );
    });
}
