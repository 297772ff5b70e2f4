/** What an error code means and what to do about it; `docs/errors.md` is generated from these. @public */
export interface ErrorEntry {
  /** One sentence: what went wrong. */
  readonly summary: string;
  /** One sentence: what to do next. */
  readonly remedy: string;
}

/**
 * Every error that Ligand itself reports, by code. Codes are stable: scripts may match on them.
 * Errors of the Matrix protocol are not here: see {@link MatrixError} and {@link Codes}.
 *
 * @public
 */
export const ERRORS = {
  LIGAND_CONFIG_UNREADABLE: {
    summary: "A configuration file couldn't be read.",
    remedy: "Check that the path is right and that the process may read the file.",
  },
  LIGAND_CONFIG_TOO_LARGE: {
    summary: "A configuration file is too large, or nested too deeply.",
    remedy: "Move data out of the configuration file: the limits are 4 MiB and 100 levels.",
  },
  LIGAND_CONFIG_SYNTAX: {
    summary: "A configuration file isn't valid YAML.",
    remedy: "Correct the YAML at this position.",
  },
  LIGAND_CONFIG_DUPLICATE_KEY: {
    summary: "A mapping has the same key twice.",
    remedy: "Remove one of the two.",
  },
  LIGAND_CONFIG_ALIASES: {
    summary: "YAML aliases expand to more data than Ligand accepts, or refer to nothing.",
    remedy: "Write the values out, or define the anchor before its alias.",
  },
  LIGAND_CONFIG_TYPE: {
    summary: "A value has the wrong type.",
    remedy: "Use a value of the expected type.",
  },
  LIGAND_CONFIG_MISSING_KEY: {
    summary: "A required key is missing.",
    remedy: "Add the key.",
  },
  LIGAND_CONFIG_UNKNOWN_KEY: {
    summary: "A key is unknown.",
    remedy: "Correct its spelling, or remove it.",
  },
  LIGAND_CONFIG_INVALID: {
    summary: "A value breaks a rule of the module's config class.",
    remedy: "Use a value that the rule accepts.",
  },
  LIGAND_CONFIG_REJECTED: {
    summary: "A module rejected its config.",
    remedy: "Follow the module's own message.",
  },
  LIGAND_CONFIG_UNCHECKED: {
    summary: "Nothing validates a value of a config: the module declares no rule for it.",
    remedy: "The module's author adds a class-validator decorator to each property; `@Allow()` if any value is valid.",
  },
  LIGAND_CONFIG_UNUSED: {
    summary: "Part of the configuration has no effect.",
    remedy: "Remove it, or correct what it depends on.",
  },
  LIGAND_OPERATE_IMPOSSIBLE: {
    summary: "A module's `operate:` wants what its hooks or its process can't have.",
    remedy: "Write it for hooks that can have it, below `hooks:`, or remove it.",
  },
  LIGAND_SHADOW_LIMITED: {
    summary: "A module in shadow isn't called for some of its hooks, or costs something.",
    remedy: "Name the hook below `hooks:`, if it's to be called.",
  },
  LIGAND_SHADOW_STOPPED: {
    summary: "A module in shadow called a service that would have acted, and that owes it a result.",
    remedy: "Name the service in `shadow: { services: […] }`, if it may act while the module is in shadow.",
  },
  LIGAND_CONFIG_LEGACY_KEY: {
    summary: "A legacy key is set. Synapse used it before `modules:` existed; Ligand ignores it.",
    remedy: "Write the module as an entry of `modules:`.",
  },
  LIGAND_MODULE_ID_REPEATED: {
    summary: "Two module entries have the same `id`.",
    remedy: "Give each entry its own `id`, or omit `id`.",
  },
  LIGAND_MODULE_NOT_FOUND: {
    summary: "The package or file of a module doesn't exist.",
    remedy: "Install the package, or correct the path; paths are relative to the configuration file.",
  },
  LIGAND_MODULE_IMPORT_FAILED: {
    summary: "The package or file of a module failed during its import.",
    remedy: "Read the cause: it's an error in the module's code or in a package that it needs.",
  },
  LIGAND_MODULE_EXPORT_NOT_FOUND: {
    summary: "The package or file of a module has no such export.",
    remedy: "Name one of its exports after `#`.",
  },
  LIGAND_MODULE_NOT_A_MODULE: {
    summary: "An export is not a class decorated with `@Module`.",
    remedy: "Name an export that is a module class, or decorate the class with `@Module()`.",
  },
  LIGAND_MODULE_OTHER_VERSION: {
    summary: "A module was decorated by another version of the package `ligand`.",
    remedy: "Use one version: make `ligand` a peer dependency of the module's package, and run `npm dedupe`.",
  },
  LIGAND_MODULE_INJECTION_INVALID: {
    summary: "A module doesn't say what to inject, or asks for something that can't be injected.",
    remedy: "Write `@inject(Service)` before each parameter of the constructor, with the class of the service.",
  },
  LIGAND_MODULE_SERVICE_MISSING: {
    summary: "A module needs a service that the homeserver doesn't offer.",
    remedy: "Bind the service in `services` of `startModules`, or remove the module.",
  },
  LIGAND_MODULE_CONSTRUCTION_FAILED: {
    summary: "A module couldn't be constructed.",
    remedy: "Read the cause: it's an error in the module's constructor or in a service that it needs.",
  },
  LIGAND_MODULE_START_FAILED: {
    summary: "A module's `@postConstruct` method failed.",
    remedy: "Read the cause: it's an error in the module's code.",
  },
  LIGAND_MODULE_START_TIMEOUT: {
    summary: "A module's import or `@postConstruct` method took longer than `startTimeoutMs`.",
    remedy: "Look for what the module waits for, or raise `startTimeoutMs`.",
  },
  LIGAND_MODULE_STOP_TIMEOUT: {
    summary: "A module that has to stop before it starts again didn't stop in time.",
    remedy: "Restart the process, and look for what the module's `@preDestroy` method waits for.",
  },
  LIGAND_MODULE_UNAVAILABLE: {
    summary: "A module was asked while it wasn't running.",
    remedy: "Wait until it runs again; `GET /health` shows its state, and the log why.",
  },
  LIGAND_RELOAD_REFUSED: {
    summary: "A new configuration was refused; the modules go on with the one that they have.",
    remedy: "Solve the problems listed, and reload again.",
  },
  LIGAND_RELOAD_NEEDS_RESTART: {
    summary: "The files of a module changed after this process loaded them, and it can't load them again.",
    remedy: "Restart the process.",
  },
  LIGAND_LOCK_DIFFERS: {
    summary: "A module isn't what the lock of the configuration says, so it wasn't started.",
    remedy: "Look at what changed; `ligand lock` accepts it.",
  },
  LIGAND_LOCK_INVALID: {
    summary: "The lock of a configuration can't be read, or is that of another one.",
    remedy: "Restore the file, or write it again with `ligand lock`.",
  },
  LIGAND_COMMAND_CUT_SHORT: {
    summary: "A module ended the process of a command, or blocked it for good, before the command had ended.",
    remedy: "Look at the place that the error names: a module must neither end nor block the process that imports it.",
  },
  LIGAND_START_FAILED: {
    summary: "The modules couldn't be started; none is running.",
    remedy: "Solve the problems listed.",
  },
  LIGAND_DECORATOR_MISUSED: {
    summary: "A Ligand decorator is used where it has no meaning.",
    remedy: "Apply hook decorators to instance methods of a module class, with `experimentalDecorators` on.",
  },
  LIGAND_MODULE_IDLE: {
    summary: "A module has no hook, no web resource and no `@Every` method: once it has started, nothing calls it.",
    remedy: "Decorate a method, such as with `@SpamChecker.checkEventForSpam()`; or remove the module.",
  },
  LIGAND_HOOK_SINGLE_OWNER: {
    summary: "A hook that only one callback may answer is registered twice.",
    remedy: "Remove one of the two modules, or one of the two methods.",
  },
  LIGAND_HOOK_REQUIRES: {
    summary: "A module registers a hook without another one that it needs.",
    remedy: "Register the hook that is needed as well.",
  },
  LIGAND_HOOK_DELEGATED: {
    summary: "A module has a hook that Synapse doesn't call, or refuses, because it delegates authentication.",
    remedy: "Decide in the authentication service what the hook was to decide.",
  },
  LIGAND_LOGIN_TYPE_CONFLICT: {
    summary: "Two auth checkers offer one login type with different fields.",
    remedy: "Make the fields the same, or remove one of the modules.",
  },
  LIGAND_WEB_PATH_RESERVED: {
    summary: "A module serves a web path that belongs to the homeserver.",
    remedy: "Choose a path below `/_synapse/client/` with a name of the module's own.",
  },
  LIGAND_WEB_PATH_INVALID: {
    summary: "A module serves a web path that is not an absolute path.",
    remedy: "Write the path as `/one/or/more/segments`, without query, host or `..`.",
  },
  LIGAND_WEB_PATH_TAKEN: {
    summary: "A web path is declared twice, and the one that comes first serves it.",
    remedy: "Change one of the two paths, or remove one of the two modules.",
  },
  LIGAND_HOST_STOPPED: {
    summary: "The host was used after `stop()`.",
    remedy: "Stop calling hooks before stopping the host, or start a new host.",
  },
  LIGAND_CANCELLED: {
    summary: "The request was cancelled while callbacks ran.",
    remedy: "Nothing: the client disconnected. Answer with status 499 if you still can.",
  },
  LIGAND_MODULE_FAILED: {
    summary: "A callback failed, and the operation can't continue without its answer.",
    remedy: "Read the module's log line, which has the cause. The client gets status 500.",
  },
  LIGAND_STATE_NOT_DECLARED: {
    summary: "A callback asked its state for an event that its decorator doesn't declare.",
    remedy: "Add the type of the event, and its state key where one is enough, to `state` in the decorator.",
  },
  LIGAND_CALLBACK_TIMEOUT: {
    summary: "A callback didn't answer within its timeout, or before the deadline of its request.",
    remedy: "Find out what the module waits for; raise `timeout`, or set `on_failure`.",
  },
  LIGAND_ANSWER_ILLEGAL: {
    summary: "A callback returned something that its hook doesn't accept, and the hook has no answer to use instead.",
    remedy: "Return one of the values that the hook documents.",
  },
  LIGAND_PACKAGE_MISSING: {
    summary: "An optional package that a service needs is not installed.",
    remedy: "Install the package that the message names.",
  },
  LIGAND_ARGUMENT_INVALID: {
    summary: "An argument of Ligand or of a service is invalid.",
    remedy: "Pass a value of the kind that the message names.",
  },
  LIGAND_NOT_SUPPORTED: {
    summary: "A service can't do this here.",
    remedy: "Use what the message names instead, or another host.",
  },
  LIGAND_HTTP_TIMEOUT: {
    summary: "An HTTP request timed out.",
    remedy: "Check the server, or raise the request's timeout.",
  },
  LIGAND_SERVICE_FAILED: {
    summary: "A service failed.",
    remedy: "Read the cause.",
  },
  LIGAND_REMOTE_PROTOCOL: {
    summary: "The two sides of a remote connection don't speak the same protocol.",
    remedy: "Install the same version of Ligand on both sides.",
  },
  LIGAND_REMOTE_LOST: {
    summary: "A remote connection was lost, or couldn't be made.",
    remedy:
      "Read in the log why the process of the modules ended. If it's `ligand serve`, check that it's running, and listens where the other side connects.",
  },
  LIGAND_REMOTE_TIMEOUT: {
    summary: "A call over a remote connection timed out.",
    remedy: "Look for what the other side is waiting for or computing, or raise the timeout.",
  },
  LIGAND_REMOTE_FAILED: {
    summary: "A call over a remote connection failed on the other side.",
    remedy: "Read the log of the other side.",
  },
  LIGAND_REMOTE_BUSY: {
    summary: "The remote host is at its limit of concurrent requests.",
    remedy: "Look for callbacks that hang: the log of the other side names those whose request was abandoned.",
  },
  LIGAND_REPLAY_UNKNOWN: {
    summary: "In a replay, a module read what isn't in the record.",
    remedy: "Record with `personal: whole` and `bodies: true` what is to be replayed.",
  },
  LIGAND_RECORD_UNUSABLE: {
    summary: "A file of recorded decisions, or the key of their hashes, can't be used.",
    remedy: "Name regular files that only this user may read, and keep the key outside the folder of the records.",
  },
  LIGAND_LISTEN_FAILED: {
    summary: "Ligand can't listen on this address.",
    remedy: "Choose another address, or stop the process that uses it.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** The code of an error of Ligand: a key of {@link ERRORS}. @public */
export type ErrorCode = keyof typeof ERRORS;
