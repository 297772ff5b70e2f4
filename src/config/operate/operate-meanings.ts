import type { KeyMeaning } from "../key-meaning.js";
import type {
  BreakerKeys,
  MatcherKeys,
  OperateKeys,
  PermissionsKeys,
  ProcessKeys,
  ShadowKeys,
} from "./operate-keys.js";

type Meanings<Keys> = Readonly<Record<keyof Keys, KeyMeaning>>;

/** What each key of `operate:` means, in the order of the documentation. */
export const OPERATE_MEANINGS: Meanings<OperateKeys> = {
  mode: {
    meaning:
      "`enforce`: the module decides. `shadow`: it's called and decides nothing; what it would change is counted. `disabled`: it isn't called; for a whole module, the same as `enabled: false`",
  },
  required: { meaning: "whether the module has to load and start; with `false`, the others run without it" },
  timeout: { meaning: "how long the promise of a callback is waited for, such as `500ms`", byDefault: "no limit" },
  on_failure: {
    meaning:
      "what a failure leads to: the hook's own policy (`default`), no opinion (`allow`), the hook's denial (`deny`), an error of the request (`error`); or one for each origin, `{ local: deny, federation: allow }`",
  },
  share: {
    meaning: "the share of rooms that callbacks are called for, such as `10%`; of users, where a hook is about no room",
  },
  rest: { meaning: "what holds outside of the share: `disabled` or `shadow`" },
  only: { meaning: "callbacks are called only where all of these hold", byDefault: "always" },
  except: { meaning: "callbacks aren't called where any of these holds", byDefault: "never" },
  circuit_breaker: { meaning: "stops calling a callback that keeps failing", byDefault: "none" },
  process: { meaning: "the process that the module runs in: `main`, `own`, or a name that modules share" },
  memory: {
    meaning: "with `process: own`, the most resident memory of the process, such as `256MiB`",
    byDefault: "no limit",
  },
  permissions: { meaning: "with `process: own`, what Node lets the process do", byDefault: "everything" },
  shadow: { meaning: "how the module runs while it's in shadow", byDefault: "nothing it does by a service happens" },
  log_level: {
    meaning: "the least urgent lines of the module that are logged",
    byDefault: "that of the host's logger",
  },
  hooks: {
    meaning: "the same for one hook, by Ligand's or Synapse's name; each key replaces the module's",
    byDefault: "nothing",
  },
};

export const MATCHER_MEANINGS: Meanings<MatcherKeys> = {
  origin: { meaning: "`local` for requests of this server's clients, `federation` for those of other servers" },
  type: { meaning: "the type of the event, or of the account data" },
  sender: { meaning: "the user who acts: the sender of an event, the inviter, the user who asks" },
  server: { meaning: "the server of that user, without its port; case doesn't matter" },
  room: { meaning: "the id of the room" },
};

export const BREAKER_MEANINGS: Meanings<BreakerKeys> = {
  failure_rate: { meaning: "the share of failed calls that opens it" },
  min_calls: { meaning: "how many calls there have to be in the window" },
  window: { meaning: "how far back calls count" },
  open_for: { meaning: "how long the callback isn't called; then one call at a time tries it again" },
};

export const SHADOW_MEANINGS: Meanings<ShadowKeys> = {
  services: { meaning: "services that act, and stay real while the module is in shadow" },
};

export const PROCESS_MEANINGS: Meanings<ProcessKeys> = {
  memory: {
    meaning: "the most resident memory, such as `256MiB`; over it, the process is replaced",
    byDefault: "no limit",
  },
  permissions: { meaning: "what Node lets the process do", byDefault: "everything" },
};

export const PERMISSIONS_MEANINGS: Meanings<PermissionsKeys> = {
  read: { meaning: "files and folders that it may read, beside its own code" },
  write: { meaning: "files and folders that it may write" },
  child_processes: { meaning: "whether it may start processes" },
  network: { meaning: "whether it may use the network" },
  env: { meaning: "environment variables that it gets, beside `PATH`, `HOME`, `TZ`, `LANG` and `NODE_EXTRA_CA_CERTS`" },
};
