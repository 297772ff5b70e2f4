import { Type } from "class-transformer";
import { IsBoolean, IsInt, IsOptional, Max, Min, ValidateIf, ValidateNested } from "class-validator";
import { LOG_LEVELS, type LogLevel } from "../../logging/log-levels.js";
import { SERVICES } from "../../services/services.js";
import { own, type OwnRule } from "../config-class/own-rule.js";
import { duration, failureRate, memory, share } from "./amounts.js";
import { suggest } from "../../errors/did-you-mean.js";
import { didYouMean, listed, listOf, oneOf, oneOrMore } from "./choices.js";
import { room, sender, server } from "./patterns.js";

/** What a module or a callback is there for: to decide, to be tried, or for nothing. @public */
export const MODES = ["enforce", "shadow", "disabled"] as const;
/** What a module or a callback is there for. @public */
export type ModuleMode = (typeof MODES)[number];

/** What holds outside of a module's share. @public */
export const RESTS = ["disabled", "shadow"] as const;
/** What holds outside of a share. @public */
export type RestMode = (typeof RESTS)[number];

/** What a module's failures lead to. @public */
export const FAILURE_WISHES = ["default", "allow", "deny", "error"] as const;
/** What failures lead to. @public */
export type FailureWish = (typeof FAILURE_WISHES)[number];

/** By what caused the request. @public */
export interface FailureWishes {
  readonly local?: FailureWish;
  readonly federation?: FailureWish;
}

const ORIGINS = ["local", "federation"] as const;
const nested = (Class: () => new () => object) => (prototype: object, property: string) => {
  IsOptional()(prototype, property);
  ValidateNested()(prototype, property);
  Type(Class)(prototype, property);
};
const optional = (rule: OwnRule) => (prototype: object, property: string) => {
  IsOptional()(prototype, property);
  own(rule)(prototype, property);
};
const whereWritten = (rule: OwnRule) => (prototype: object, property: string) => {
  ValidateIf((_, value) => value !== undefined)(prototype, property);
  own(rule)(prototype, property);
};
const string = { must: "must be a string that isn't empty", accepts: () => true };

const mode = oneOf("mode", MODES, (value) => {
  const word = String(value).toLowerCase();
  if (/^(true|on|yes|enabled?)$/.test(word)) return "Write `mode: enforce`.";
  return /^(false|off|no|none)$/.test(word) ? "Write `mode: disabled`." : undefined;
});
const rest = oneOf("rest", RESTS, () => undefined);
const logLevel = oneOf("logLevel", LOG_LEVELS, () => undefined);
const origin = oneOrMore("origin", {
  must: "must be `local` or `federation`",
  accepts: (value) => (ORIGINS as readonly unknown[]).includes(value),
  remedyFor: (value) => didYouMean(value, ORIGINS),
  schema: { enum: ORIGINS },
});
const services = listOf("services", "services", {
  must: "must be a service",
  accepts: (name) => Object.hasOwn(SERVICES, name as string),
  remedyFor: (wrong) =>
    didYouMean(wrong, Object.keys(SERVICES)) ?? `The services are ${Object.keys(SERVICES).join(", ")}.`,
  schema: { enum: Object.keys(SERVICES) },
});
const PROCESS_NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
const processName: OwnRule = {
  name: "process",
  must: "must be `main`, `own`, or a name of at most 64 letters, digits, `-` and `_`",
  accepts: isProcessName,
  remedyFor: (value) => {
    if (value === true) return "Write `own`, or the name of a process.";
    if (isReserved(value)) return `Write \`${value.toLowerCase()}\`.`;
    const name = typeof value === "string" ? value.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") : "";
    return name === "" ? undefined : `Write a name such as \`${name.slice(0, 64)}\`.`;
  },
  schema: { type: "string", pattern: PROCESS_NAME },
};
const onFailure: OwnRule = {
  name: "onFailure",
  must: "must be `default`, `allow`, `deny` or `error`, or a mapping of `local` and `federation` to one of them",
  accepts: (value) => isWish(value) || isByOrigin(value),
  remedyFor: (value) =>
    didYouMean(value, FAILURE_WISHES) ??
    wrongByOrigin(value) ??
    "Write `on_failure: allow`, or `{ local: deny, federation: allow }`.",
  schema: {
    anyOf: [
      { enum: FAILURE_WISHES },
      {
        type: "object",
        properties: { local: { enum: FAILURE_WISHES }, federation: { enum: FAILURE_WISHES } },
        minProperties: 1,
        additionalProperties: false,
      },
    ],
  },
};
const paths = listOf("paths", "paths", string);
const variables = listOf("variables", "names of environment variables", {
  must: "must be the name of an environment variable",
  accepts: (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name as string),
  remedyFor: (wrong) => {
    const [name] = typeof wrong === "string" ? wrong.split("=") : [];
    return name !== undefined && name !== wrong ? `Write \`${name}\`: it has the value that it has here.` : undefined;
  },
});

/** Whether a process may be named so. */
export function isProcessName(value: unknown): boolean {
  if (typeof value !== "string" || !new RegExp(PROCESS_NAME).test(value)) return false;
  return value === "main" || value === "own" || !isReserved(value);
}

/** A process of its own that is named `Own` would be one that others share. */
function isReserved(value: unknown): value is string {
  return typeof value === "string" && /^(main|own)$/i.test(value);
}

function isWish(value: unknown): value is FailureWish {
  return (FAILURE_WISHES as readonly unknown[]).includes(value);
}

function isByOrigin(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const members = Object.entries(value);
  return (
    members.length > 0 && members.every(([key, wish]) => (ORIGINS as readonly string[]).includes(key) && isWish(wish))
  );
}

/** What is wrong with a mapping of origins to policies. */
function wrongByOrigin(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const [key, wish] of Object.entries(value)) {
    if (!(ORIGINS as readonly string[]).includes(key)) {
      return suggest(key, ORIGINS, `Write \`local\` or \`federation\` instead of \`${key}\`.`);
    }
    if (!isWish(wish)) {
      return didYouMean(wish, FAILURE_WISHES) ?? `Write ${listed(FAILURE_WISHES)} as \`${key}\`.`;
    }
  }
  return undefined;
}

/** The keys of `only:` and `except:`. One without a value is a mistake: it would match everything, or nothing. */
export class MatcherKeys {
  @whereWritten(origin) origin?: string | readonly string[];
  @whereWritten(oneOrMore("type", string)) type?: string | readonly string[];
  @whereWritten(oneOrMore("sender", sender)) sender?: string | readonly string[];
  @whereWritten(oneOrMore("server", server)) server?: string | readonly string[];
  @whereWritten(oneOrMore("room", room)) room?: string | readonly string[];
}

/** The keys of `circuit_breaker:`. */
export class BreakerKeys {
  @own(failureRate) failure_rate = "50%";

  @Max(1_000_000, { message: "must not be more than 1000000" })
  @Min(1, { message: "must not be less than 1" })
  @IsInt({ message: "must be an integer" })
  min_calls = 20;

  @own(duration) window = "1m";
  @own(duration) open_for = "30s";
}

/** The keys of `shadow:`. */
export class ShadowKeys {
  @own(services) services: readonly string[] = [];
}

/** The keys of `permissions:`. */
export class PermissionsKeys {
  @own(paths) read: readonly string[] = [];
  @own(paths) write: readonly string[] = [];
  @IsBoolean({ message: "must be `true` or `false`" }) child_processes = false;
  @IsBoolean({ message: "must be `true` or `false`" }) network = true;
  @own(variables) env: readonly string[] = [];
}

/** What a process may have: the keys of `module_processes:`, and of `operate:` with `process: own`. */
export class ProcessKeys {
  @optional(memory) memory?: string | null;
  @nested(() => PermissionsKeys) permissions?: PermissionsKeys | null;
}

/** The keys that `operate:` has for the whole module, and each hook below `hooks:` for itself. */
export class HookKeys {
  @optional(mode) mode?: ModuleMode | null;
  @optional(duration) timeout?: string | null;
  @optional(onFailure) on_failure?: FailureWish | FailureWishes | null;
  @optional(share) share?: string | null;
  @optional(rest) rest?: RestMode | null;
  @nested(() => MatcherKeys) only?: MatcherKeys | null;
  @nested(() => MatcherKeys) except?: MatcherKeys | null;
  @nested(() => BreakerKeys) circuit_breaker?: BreakerKeys | null;
}

/** The keys of `operate:`. */
export class OperateKeys extends HookKeys {
  override mode: ModuleMode | null = "enforce";
  override on_failure: FailureWish | FailureWishes | null = "default";
  override share: string | null = "100%";
  override rest: RestMode | null = "disabled";
  @IsOptional() @IsBoolean({ message: "must be `true` or `false`" }) required?: boolean | null = true;
  @optional(processName) process?: string | null = "main";
  @optional(memory) memory?: string | null;
  @nested(() => PermissionsKeys) permissions?: PermissionsKeys | null;
  @nested(() => ShadowKeys) shadow?: ShadowKeys | null;
  @optional(logLevel) log_level?: LogLevel | null;
  @nested(() => HookKeys) hooks?: ReadonlyMap<string, HookKeys> | null = new Map();
}
