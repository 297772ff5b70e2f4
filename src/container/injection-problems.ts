import { ERRORS } from "../errors/catalogue.js";
import type { Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { isModule } from "../modules/module.js";
import { dependenciesOf, placesWithoutInject } from "./dependencies.js";

/** What is wrong with the injections of a module class, whatever the homeserver offers. Constructs nothing. */
export function injectionProblems({ info, class: moduleClass }: LoadedModule): Problem[] {
  const problem = (place: string, fault: string, remedy: string): Problem => ({
    code: "LIGAND_MODULE_INJECTION_INVALID",
    message: `${place} of module ${info.id} (class \`${moduleClass.name}\`) ${fault}`,
    remedy,
    ...(info.position && { position: info.position }),
  });
  return [
    ...placesWithoutInject(moduleClass).map((place) =>
      problem(place, "has no `@inject(…)`", ERRORS.LIGAND_MODULE_INJECTION_INVALID.remedy),
    ),
    ...dependenciesOf(moduleClass).flatMap(({ token, name, place }) => {
      if (token === undefined) return [problem(place, "injects `undefined`", CIRCULAR_IMPORT)];
      if (isModule(token)) return [problem(place, `injects the module \`${name}\``, OTHER_MODULE)];
      return [];
    }),
  ];
}

const CIRCULAR_IMPORT =
  "Import what is injected from a file that does not import this one: where two files import each other, one runs before the other has its classes.";

const OTHER_MODULE =
  "Modules cannot inject each other. Put what both need into a file that both import, or let the homeserver bind it as a service.";
