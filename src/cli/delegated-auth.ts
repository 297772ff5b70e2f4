import type { Source } from "../config/source.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { hookNamesOf } from "../hooks/registration.js";
import type { LoadedModule } from "../modules/load-modules.js";

/** The sections of a homeserver.yaml that give the accounts to the Matrix Authentication Service. */
const SECTIONS = [["matrix_authentication_service"], ["experimental_features", "msc3861"]] as const;

interface Effect {
  readonly severity: "warning" | undefined;
  readonly message: string;
  readonly remedy: string;
}

const PASSWORDS: Effect = {
  severity: undefined,
  message: "Synapse refuses password hooks and doesn't start",
  remedy: "Remove the module, or let an upstream provider of the authentication service do what it does.",
};
const LOGINS: Effect = {
  severity: "warning",
  message: "Synapse never calls it",
  remedy: "Logins are decided by the policy of the authentication service.",
};

/** By category, and by category and hook. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  PasswordAuth: PASSWORDS,
  "SpamChecker.checkLoginForSpam": LOGINS,
  "AccountValidity.onUserLogin": LOGINS,
  "AccountValidity.isUserExpired": {
    severity: "warning",
    message: "Synapse doesn't ask it about requests, only for the account status API",
    remedy: "Lock the account in the authentication service instead.",
  },
  "SpamChecker.checkRegistrationForSpam": {
    severity: "warning",
    message:
      "it gets no mail address, no IP address and no provider, and the authentication service retries what it refuses",
    remedy: "Registrations are decided by the policy of the authentication service.",
  },
};

/** Whether a configuration delegates authentication, and what then becomes of the modules' hooks. */
export class DelegatedAuth {
  /** The name of the first section that delegates. */
  #section: string | undefined;

  /** Looks at the content of a file of the configuration. */
  see(root: Source): void {
    this.#section ??= SECTIONS.find((path) => isOn(root, path))?.join(".");
  }

  problems(modules: readonly LoadedModule[]): Problem[] {
    const section = this.#section;
    if (section === undefined) return [];
    return modules.flatMap(({ info, class: moduleClass }) => {
      return Array.from(hookNamesOf(moduleClass)).flatMap((hook) => {
        const effect = EFFECTS[hook] ?? EFFECTS[hook.slice(0, hook.indexOf("."))];
        if (effect === undefined) return [];
        const message = `module ${info.id} has the hook ${hook}, and with \`${section}\` ${effect.message}`;
        const { severity, remedy } = effect;
        return [problemOf("LIGAND_HOOK_DELEGATED", message, { severity, position: info.position, remedy })];
      });
    });
  }
}

function isOn(root: Source, path: readonly string[]): boolean {
  const enabled = [...path, "enabled"].reduce<Source | undefined>(
    (source, key) => (source?.kind === "map" ? source.entries.get(key)?.source : undefined),
    root,
  );
  return enabled?.kind === "scalar" && enabled.value === true;
}
