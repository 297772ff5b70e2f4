import { NotificationType, RequestType } from "./json-rpc.js";
import type { StandIns } from "../../config/operate/stand-ins.js";
import type { JsonSchema } from "../../config/json-schema.js";
import type { LogLevel } from "../../logging/create-logger.js";
import type { DescribedNeed } from "../../modules/described-needs.js";
import type { ModuleInfo } from "../../modules/tokens.js";
import type { HttpMethod } from "../../web/http-method.js";
import type { Wire, WireProblem, WireRequest, WireResponse, HomeserverInfo } from "./protocol.js";
import type { WireThrown } from "./raw-answers.js";

// Between a program and the processes that it starts for its modules. Both are of one version of Ligand, so this may change
// at any time. The requests follow each other: `LoadModules`, `DescribeModules`, `OfferServices`, `StartModule` for each.

/** What a process receives when it starts, over its channel: other users can see arguments and the environment. */
export interface ModuleProcessSettings {
  readonly entries: readonly SentEntry[];
  /** How long one import, and one check of a config, may take, in milliseconds. */
  readonly loadTimeoutMs: number;
  /** How long running calls, and then each module, may take to stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
  /** Whether the connection goes over the channel of messages: Node gives a process without network no socket. */
  readonly overChannel?: boolean;
}

/** An entry of the configuration, whose module runs in the process. */
export interface SentEntry {
  readonly specifier: string;
  /** As in `ModuleEntry`. */
  readonly directory: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the entry is in the configuration, such as `modules[3]`. */
  readonly path: string;
  readonly standIns?: StandIns;
}

/** A module that was found, or what kept it from being. */
export interface FoundInProcess {
  /** By which name the entry requested the class, and the name of the class. */
  readonly name: { readonly requested: string; readonly class: string } | null;
  readonly problems: readonly WireProblem[];
}

/** What a module is, as its process says. */
export interface ModuleDescription {
  /** The name of its class. */
  readonly name: string;
  /** The methods that the others name by their place here. */
  readonly methods: readonly DescribedMethod[];
  readonly registrations: readonly DescribedRegistration[];
  readonly webResources: readonly {
    readonly path: string;
    readonly methods: readonly HttpMethod[];
    readonly method: number;
  }[];
  readonly schedules: readonly {
    readonly method: number;
    readonly ms: number;
    readonly desc?: string;
    readonly runOnAllInstances?: boolean;
  }[];
  readonly injections: readonly DescribedNeed[];
  /** As in `ModuleOptions`. */
  readonly reload: "stop-first" | null;
}

/** Modules whose configs were validated. */
export interface DescribedModules {
  /** By the place of the entry; null for a module that wasn't found, or whose config is wrong. */
  readonly descriptions: readonly (ModuleDescription | null)[];
  /** Their positions are deferred. */
  readonly problems: readonly WireProblem[];
  /** Differs where their code or their validated configs do. */
  readonly digest: string;
}

/** A method that the homeserver calls. */
export interface DescribedMethod {
  readonly name: string;
  readonly isSymbol: boolean;
  /** How many parameters it can look at; null for all. */
  readonly parameters: number | null;
  readonly because: string | null;
}

/** As `Registration`. */
export interface DescribedRegistration {
  readonly category: string;
  readonly hook: string;
  readonly method: number;
  readonly options: Wire;
  readonly key: string | null;
}

/** Imports the modules of the entries. */
export const LoadModules = new RequestType<Record<string, never>, readonly FoundInProcess[]>("process/load");

/** Validates their configs, and describes them. */
export const DescribeModules = new RequestType<
  /** By the place of the entry; null for one that wasn't found. */
  { readonly infos: readonly (ModuleInfo | null)[] },
  DescribedModules
>("process/describe");

/** The schema of the entries of each module that was found, with all that it refers to; by the place of the entry. */
export const DescribeEntries = new RequestType<Record<string, never>, readonly (JsonSchema | null)[]>(
  "process/entries",
);

/** Gives the modules the services that they inject, and no other. Answers with what is missing, by the id of the module. */
export const OfferServices = new RequestType<
  {
    /** The homeserver, and the services that it lends; null where it has no `Server`. */
    readonly homeserver: HomeserverInfo | null;
    readonly lent: readonly string[];
    /** The settings of those that run in the process. */
    readonly settings: Wire;
    /** Whether answers of callbacks say what they asked those: the homeserver records decisions. */
    readonly notesReads: boolean;
  },
  readonly { readonly id: string; readonly problem: WireProblem }[]
>("process/offer");

/** Constructs a module. Answers with its methods, which the constructor may have replaced. */
export const StartModule = new RequestType<
  {
    readonly module: string;
    readonly timeoutMs: number;
    /** From which level on it logs; null for that of the process. */
    readonly level: LogLevel | null;
  },
  readonly DescribedMethod[]
>("process/start");

/** Has a module that has started log from another level on. */
export const SetLogLevel = new NotificationType<{ readonly module: string; readonly level: LogLevel | null }>(
  "process/level",
);

/** Stops a module that has started. Answers whether it has stopped in time. */
export const StopModule = new RequestType<
  { readonly module: string; readonly timeoutMs: number },
  { readonly stopped: boolean }
>("process/stop");

/** A callback: the id of its module, and its place among the module's registrations. */
export type CallbackRef = readonly [module: string, registration: number];

/** Calls callbacks of a hook, one after the other, until one decides or fails. */
export const CallCallbacks = new RequestType<CallbackCall, CallbackAnswers>("process/callbacks");

/** Which callbacks are called, and with what. */
export interface CallbackCall {
  /** `Category.hook`. */
  readonly chain: string;
  readonly callbacks: readonly CallbackRef[];
  /** The first arguments of the hook: at least as many as the callbacks can look at. */
  readonly args: readonly Wire[];
  readonly context: { readonly requestId?: string | undefined; readonly origin?: "local" | "federation" | undefined };
  /** Names the call to the services that it uses. */
  readonly call?: number | undefined;
  readonly isInShadow?: true | undefined;
}

/** What callbacks came to. */
export interface CallbackAnswers {
  /** In the forms of `raw-answers.ts`: of the first callback and of those that follow. */
  readonly answers: readonly Wire[];
  /** What the callback after those threw. */
  readonly thrown?: WireThrown | undefined;
  /** The arguments that callbacks may change, by position, as they are now. */
  readonly changed?: Readonly<Record<string, Wire>> | undefined;
  /** What they asked services that run in the process, in order, if that's wanted. */
  readonly reads?: readonly WireRead[];
}

/** What a callback asked a service that runs in its process, and what it was answered: without secrets. */
export interface WireRead {
  /** `Service.method`. */
  readonly service: string;
  /** As decisions have them, with all that isn't secret; so is the answer. */
  readonly args: readonly Wire[];
  /** Absent if there was none yet. */
  readonly answer?: Wire;
  readonly thrown?: WireReadError;
  /** What the others lack of it and an error quotes. */
  readonly withheld?: readonly string[];
  /** How often the callback had asked services of the homeserver before it. */
  readonly lent: number;
}

/** What a service threw. Its class is that of another process, but its name is known. */
export interface WireReadError extends WireThrown {
  readonly name: string;
  readonly code?: string;
}

/** Calls a web resource. */
export const CallWebResource = new RequestType<
  {
    readonly module: string;
    readonly method: number;
    readonly request: WireRequest;
    readonly requestId?: string;
    /** As in `CallCallbacks`. */
    readonly call?: number;
  },
  WireResponse
>("process/web");

/** Calls a method by its schedule. */
export const CallScheduled = new RequestType<
  { readonly module: string; readonly method: number },
  Record<string, never>
>("process/scheduled");
