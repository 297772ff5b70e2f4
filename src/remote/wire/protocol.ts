import type { LoginType } from "../../catalogue/auth-checkers.js";
import type { Problem } from "../../errors/problem.js";
import type { CallbackName } from "../../hooks/callback-name.js";
import type { HookStatus } from "../../hooks/hook.js";
import type { StateSelection } from "../../matrix/state-selection.js";
import { NotificationType, RequestType } from "./json-rpc.js";

/**
 * The protocol between a homeserver and modules in another process: JSON-RPC 2.0 with the framing of the Language
 * Server Protocol (`Content-Length`), full duplex, any number of requests in flight. Arguments and results are in the
 * forms of `wire-forms.ts`. `$/cancelRequest` cancels. It changes with {@link PROTOCOL_VERSION}.
 */
export const PROTOCOL_VERSION = 3;

/** A value as JSON carries it. An object with the key `$` stands for a value that JSON can't express. */
export type Wire = string | number | boolean | null | Wire[] | { [key: string]: Wire };

/** How a homeserver introduces itself when it connects. */
export interface HomeserverInfo {
  /** The version of the protocol. */
  readonly protocol: number;
  /** Its software and version, such as `Synapse 1.163.2`. */
  readonly software: string;
  readonly serverName: string;
  readonly publicBaseUrl: string;
  readonly emailAppName: string;
  readonly workerName: string | null;
  readonly workerApp: string | null;
  readonly customTemplateDir: string | null;
  /** Whether this process runs background tasks. */
  readonly runsBackgroundTasks: boolean;
  /** The services it offers, by name. */
  readonly services: readonly string[];
  /** How long it waits for the answer of a hook, in milliseconds; without it, there is no limit. */
  readonly callTimeoutMs?: number | null;
}

/** Patterns that a call matches, by what they are compared with: as `only` and `except` of `operate:`. @public */
export interface RemoteMatcher {
  readonly origin?: readonly string[];
  readonly type?: readonly string[];
  readonly sender?: readonly string[];
  readonly server?: readonly string[];
  readonly room?: readonly string[];
}

/** A callback, and what it can look at: a homeserver sends only what the callbacks for an event look at. @public */
export interface RemoteCallback extends CallbackName {
  /** How many of the hook's arguments, from the first. */
  readonly parameters: number;
  /** The types of events that it's called for; null for all. The event is the first argument of hooks about one. */
  readonly types: readonly string[] | null;
  /**
   * Which part of the state, if that is among the `parameters`; null for the whole. The state keys `$sender` and
   * `$state_key` refer to the event that the hook is about.
   */
  readonly state: StateSelection | null;
  /** It's called only where all of these match. What isn't known matches. */
  readonly only?: RemoteMatcher;
  /** It isn't called where any of these matches. What isn't known doesn't match. */
  readonly except?: RemoteMatcher;
}

/** A hook that modules answer. @public */
export interface RemoteHook {
  /** The property of `host.hooks`, such as `spamChecker`. */
  readonly category: string;
  /** The method, such as `checkEventForSpam`. */
  readonly hook: string;
  /** Synapse's name of the hook. */
  readonly referenceName: string;
  /** How far the hook can be relied on. */
  readonly status: HookStatus;
  /** Whether a cancelled request waits until the hook is done. */
  readonly shield: boolean;
  /**
   * Which argument says what a call is about, by position: the room, the user who acts, the type. It's the value itself, or
   * an event or a requester that has it.
   */
  readonly facets: { readonly room?: number; readonly user?: number; readonly type?: number };
  /**
   * The callbacks, in order. If none of them wants a call, the homeserver sends nothing, and uses the hook's result without
   * callbacks. If one has `types`, the event is sent even if no callback looks at it.
   */
  readonly callbacks: readonly RemoteCallback[];
}

/** A web path that a module serves. @public */
export interface RemoteWebPath {
  readonly path: string;
  /** The id of the module. */
  readonly module: string;
  /** The HTTP methods it answers. */
  readonly methods: readonly string[];
}

/** How the modules introduce themselves. @public */
export interface ModulesInfo {
  /** The protocol's version. */
  readonly protocol: number;
  /** The version of Ligand. */
  readonly ligand: string;
  /** Differs for each start of the modules: a homeserver that reconnects sees that they are new. */
  readonly instance: string;
  /** In config order. */
  readonly modules: readonly { readonly id: string; readonly name: string }[];
  /** The hooks that at least one module answers. What their callbacks look at is read from their classes. */
  readonly hooks: readonly RemoteHook[];
  /** `m.login.password` first. */
  readonly loginTypes: readonly LoginType[];
  /** The web paths that modules serve, each with the module that keeps it. */
  readonly webPaths: readonly RemoteWebPath[];
}

/** A call of a hook: of its chain, and of no other hook. */
export interface HookCall {
  readonly category: string;
  readonly hook: string;
  /** The first arguments of the hook: at least as many as its callbacks can look at. */
  readonly args: readonly Wire[];
  /** `deadline` is in milliseconds since the epoch. */
  readonly context: {
    readonly requestId?: string;
    readonly origin?: "local" | "federation";
    readonly deadline?: number;
  };
}

/** The result of a hook. */
export interface HookAnswer {
  readonly result: Wire;
  /** The arguments that callbacks may change, by position, as they are now. */
  readonly changed?: Readonly<Record<string, Wire>>;
  /** Calls in shadow still use the states and files of the arguments: they are kept until they're released. */
  readonly keeps?: true;
}

/** Some entries of a state, and whether more follow. */
export interface StatePiece {
  readonly entries: Wire[];
  readonly rest: boolean;
}

/** The body of an HTTP message as it crosses. */
export interface WireBody {
  /** What was available immediately, in base64. */
  readonly start: string;
  /** The number by which the rest is read; null when there is none. */
  readonly rest: number | null;
}
/** An HTTP request, and a response, as they cross. */
export interface WireRequest {
  /** The homeserver's number of the request: a service recognises the request by it. */
  readonly id: number | null;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: WireBody | null;
}
export interface WireResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: WireBody | null;
}

/**
 * From the homeserver to the modules. `Initialize` comes first, and starts nothing: a homeserver learns what to register
 * before it can answer. `Start` starts the modules, if they aren't running; hooks are answered from then on. It returns the
 * same hooks, with what the modules' callbacks look at now: a constructor may have replaced a method.
 */
export const Initialize = new RequestType<HomeserverInfo, ModulesInfo>("ligand/initialize");
export const Start = new RequestType<Record<string, never>, readonly RemoteHook[]>("ligand/start");
export const CallHook = new RequestType<HookCall, HookAnswer>("ligand/hook");
export const Fetch = new RequestType<{ request: WireRequest; requestId?: string }, WireResponse | null>("ligand/fetch");

/** From the modules to the homeserver. */
export const CallService = new RequestType<
  {
    readonly service: string;
    readonly method: string;
    readonly args: readonly Wire[];
    /** Which call of the homeserver it's for, where the homeserver numbers them. */
    readonly call?: number;
  },
  Wire
>("ligand/service");
/** The bytes of a file that was sent as an argument, from `offset`, in base64; empty at its end. */
export const ReadFile = new RequestType<{ readonly id: number; readonly offset: number }, string>("ligand/readFile");
/**
 * The next piece of a state that was sent with a `rest`, until its `rest` is false. The homeserver keeps it until then;
 * for a hook's argument, no longer than the call, unless the answer says that it `keeps` its arguments.
 */
export const ReadState = new RequestType<{ readonly id: number }, StatePiece>("ligand/readState");

/**
 * What callbacks look at from now on. Before a reload changes what runs, it's all that the callbacks of before and of then
 * look at; after it, what those of then look at. The homeserver answers once it sends no less than that, for each hook.
 */
export const LookAt = new RequestType<{ readonly hooks: readonly RemoteHook[] }, null>("ligand/hooks");

/** The modules were reloaded, and introduce themselves again: a homeserver says what it has to be restarted for. */
export const Changed = new NotificationType<ModulesInfo>("ligand/changed");

/** In both directions. */
export const CallBack = new RequestType<
  { readonly id: number; readonly args: readonly Wire[] },
  { readonly result: Wire; readonly args: readonly Wire[] }
>("ligand/callback");
/**
 * The next bytes of a body, in base64, as soon as there are some; empty at its end. To stop
 * reading, release it.
 */
export const ReadBody = new RequestType<{ readonly id: number }, string>("ligand/readBody");
/** What the receiver can forget: the sender won't use it any more. */
export const Release = new NotificationType<{ readonly ids: readonly number[] }>("ligand/release");

/** An error on the wire, besides its message. */
export type WireError =
  | {
      readonly kind: "matrix";
      readonly status: number;
      readonly errcode: string;
      /** The whole body, including what a subclass adds. */
      readonly body: Readonly<Record<string, unknown>>;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "cancelled" }
  | {
      readonly kind: "ligand";
      readonly code: string;
      readonly remedy: string;
      /** For an error that lists problems: whether they are about the configuration. */
      readonly problems?: readonly WireProblem[];
      readonly isConfig?: boolean;
    }
  | { readonly kind: "other"; readonly name: string };

/** A problem of start-up. Its causes are strings, outermost first, with their codes and places. */
export interface WireProblem extends Omit<Problem, "code" | "cause"> {
  readonly code: string;
  readonly causes: readonly string[];
}
