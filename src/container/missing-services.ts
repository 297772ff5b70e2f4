import { ERRORS } from "../errors/catalogue.js";
import type { Problem } from "../errors/problem.js";
import { SERVICES } from "../services/services.js";
import type { BoundModule } from "./bind-modules.js";
import { dependenciesOf, type Dependency } from "./dependencies.js";

/**
 * A problem for each service that a module asks for and that no one bound.
 *
 * @param remedyOf what to do about a service, by its name.
 */
export function missingServices(
  modules: readonly BoundModule[],
  remedyOf: (service: string) => string = () => ERRORS.LIGAND_MODULE_SERVICE_MISSING.remedy,
): Problem[] {
  return modules.flatMap(({ info, class: moduleClass, container }) =>
    dependenciesOf(moduleClass)
      .filter(({ token, optional }) => !optional && token !== undefined && !container.isBound(token))
      .map((dependency) => ({
        code: "LIGAND_MODULE_SERVICE_MISSING" as const,
        message: `module ${info.id} asks for ${described(dependency)}, which this homeserver does not offer`,
        remedy: quotedRemedy(dependency) ?? remedyOf(dependency.name),
        ...(info.position && { position: info.position }),
      })),
  );
}

function described({ token, name }: Dependency): string {
  return typeof token === "string" ? `the text ${JSON.stringify(name)} as a service` : `the service ${name}`;
}

/** The token of a service is its class: its name in quotes is another token. */
function quotedRemedy({ token, name }: Dependency): string | undefined {
  return typeof token === "string" && name in SERVICES ? `Write \`@inject(${name})\`, without quotes.` : undefined;
}
