import { MatrixError } from "#src/matrix/matrix-error.js";

const bites = (): never => {
  throw new Error("this getter throws");
};
const withMember = (name: string, descriptor: PropertyDescriptor) =>
  Object.defineProperty(new Error("boom"), name, { configurable: true, ...descriptor });
const throwingTraps = new Proxy({}, { get: (_, trap) => () => bites() as unknown as typeof trap });
const biting = (target: object) => new Proxy(target, throwingTraps);
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const looped = () => {
  const error = new Error("boom");
  return Object.assign(error, { cause: new Error("inner", { cause: error }) });
};
const cycle = () => {
  const value: Record<string, unknown> = {};
  value["self"] = [value];
  return value;
};
const nested = (levels: number) => {
  let value: unknown[] = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};
/** Little in memory, and without end when it is written out. */
const doubling = () => {
  let value: Record<string, unknown> = {};
  for (let level = 0; level < 60; level++) value = { left: value, right: value };
  return value;
};

/** What code of a module may throw, or reject with. */
export const THROWN: Readonly<Record<string, () => unknown>> = {
  error: () => new Error("boom"),
  string: () => "boom",
  emptyString: () => "",
  undefined: () => undefined,
  null: () => null,
  number: () => 0,
  symbol: () => Symbol("boom"),
  bigint: () => 10n,
  function: () => () => "boom",
  plainObject: () => ({ code: "ENOENT" }),
  withoutPrototype: () => Object.create(null) as unknown,
  unprintable: () => ({ toString: bites, toJSON: bites, [Symbol.toPrimitive]: bites }),
  messageThrows: () => withMember("message", { get: bites }),
  stackThrows: () => withMember("stack", { get: bites }),
  nameThrows: () => withMember("name", { get: bites }),
  causeThrows: () => withMember("cause", { get: bites }),
  memberThrows: () => withMember("detail", { get: bites, enumerable: true }),
  messageIsSymbol: () => withMember("message", { value: Symbol("m") }),
  messageIsObject: () => withMember("message", { value: { toString: bites } }),
  nameIsSymbol: () => withMember("name", { value: Symbol("n") }),
  stackIsObject: () => withMember("stack", { value: { toString: bites } }),
  printingThrows: () => Object.assign(new Error("boom"), { toString: bites, toJSON: bites }),
  inheritedMessageThrows: () =>
    new (class extends Error {
      override get message(): string {
        return bites();
      }
    })(),
  causeIsUnreadable: () => new Error("boom", { cause: biting(new Error("inner")) }),
  causeLoops: looped,
  hugeMessage: () => new Error("x".repeat(5_000_000)),
  manyLines: () => new Error("boom\n2026-11-28T00:00:00.000Z error [ligand] forged\u001b[2J"),
  proxy: () => biting({}),
  proxyOfError: () => biting(new Error("boom")),
  proxyOfFunction: () => biting(() => undefined),
  revokedProxy: revoked,
  bodyThrows: () => Object.assign(new MatrixError(403, "no", "M_FORBIDDEN"), { body: bites }),
  bodyIsCyclic: () => new MatrixError(403, "no", "M_FORBIDDEN", { fields: { held: cycle() } }),
  bodyHasBigint: () => new MatrixError(403, "no", "M_FORBIDDEN", { fields: { count: 1n } }),
  statusIsNone: () => new MatrixError(Number.NaN, "no", "M_FORBIDDEN"),
  endsSession: () => new MatrixError(403, "no", "M_UNKNOWN_TOKEN"),
  abortError: () => new DOMException("gone", "AbortError"),
};

/** What a callback may answer that few hooks know. */
export const ANSWERS: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  number: () => 3,
  notANumber: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  emptyString: () => "",
  string: () => "garbage",
  sessionCode: () => "M_UNKNOWN_TOKEN",
  bigint: () => 10n,
  symbol: () => Symbol("s"),
  function: () => () => 1,
  emptyList: () => [],
  list: () => [1, 2, 3],
  object: () => ({}),
  invalidDate: () => new Date(Number.NaN),
  map: () => new Map([[{}, 1]]),
  set: () => new Set([1n]),
  withoutPrototype: () => Object.create(null) as unknown,
  error: () => new Error("as an answer"),
  bytes: () => new Uint8Array(10),
  cycle,
  deep: () => nested(20_000),
  doubling,
  objectWithBigint: () => ({ count: 1n }),
  objectWithFunction: () => ({ call() {} }),
  getterThrows: () => Object.defineProperty({}, "member", { get: bites, enumerable: true }),
  listGetterThrows: () => Object.defineProperty([1, 2], "0", { get: bites }),
  proxy: () => biting({}),
  proxyOfList: () => biting([]),
  proxyOfFunction: () => biting(() => undefined),
  revokedProxy: revoked,
  constructorThrows: () => Object.create(Object.defineProperty({}, "constructor", { get: bites })) as unknown,
  prototypeKeys: () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown,
  allowedWithCycle: () => [true, cycle()],
  allowedWithBigint: () => [true, { count: 1n }],
  allowedWithProxy: () => [true, biting({})],
  pairWithBigint: () => ["M_FORBIDDEN", { count: 1n }],
  pairThatEndsSession: () => ["M_FORBIDDEN", { errcode: "M_UNKNOWN_TOKEN" }],
};

/** Promises that are none, or that settle in an odd way. Those that never settle are in `HANGING`. */
export const THENABLES: Readonly<Record<string, () => unknown>> = {
  resolvesTwice: () => ({
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      resolve("garbage");
      resolve(undefined);
      reject(new Error("third"));
    },
  }),
  rejectsTwice: () => ({
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      reject(new Error("first"));
      reject(new Error("second"));
      resolve(undefined);
    },
  }),
  thenThrows: () => ({ then: () => bites() }),
  thenGetterThrows: () => Object.defineProperty({}, "then", { get: bites }),
  thenGetterThrowsLater: () => {
    let reads = 0;
    return Object.defineProperty({}, "then", { get: () => (++reads > 1 ? bites() : () => undefined) });
  },
  thenThrowsAfterwards: () => ({
    then(resolve: (value: unknown) => void) {
      resolve("garbage");
      bites();
    },
  }),
};

/** Promises that never settle. */
export const HANGING: Readonly<Record<string, () => unknown>> = {
  never: () => new Promise(() => {}),
  thenDoesNothing: () => ({ then() {} }),
};

/** A fault that may end its process, or keep it from doing anything else. */
export interface KillingFault {
  /** What the module does, as `docs/when-things-fail.md` says it. */
  readonly what: string;
  readonly make: () => unknown;
  /** What it does to a homeserver that runs the module in its own process: by design nothing there contains it. */
  readonly inProcess: string;
  /** What `ligand serve` ends with: its exit code, or the signal. */
  readonly end: RegExp;
  /** What `ligand serve` writes about it; undefined where it ends before it can write. */
  readonly said?: RegExp;
}

// How it is named is the affair of the tests of the watch.
const BLOCKED = / has blocked the process for .*, its limit: killing the process/;
/** Whichever comes first: the collector runs in vain for seconds before it gives up. */
const OUT_OF_MEMORY = /heap out of memory| has blocked the process for /;
const THROWN_LATE = /Uncaught exception outside any callback; shutting down/;

/** What only a process of its own contains. */
export const KILLING: Readonly<Record<string, KillingFault>> = {
  exit: {
    what: "`process.exit()`",
    make: () => process.exit(0),
    inProcess: "ends the homeserver",
    end: /^1$/,
    said: /`process\.exit\(0\)` was called, at .*faults\.js/,
  },
  exitWithError: {
    what: "`process.exit()`",
    make: () => process.exit(3),
    inProcess: "ends the homeserver",
    end: /^3$/,
    said: /`process\.exit\(3\)` was called, at .*faults\.js/,
  },
  abort: { what: "`process.abort()`", make: () => process.abort(), inProcess: "ends the homeserver", end: /^SIGABRT$/ },
  kill: {
    what: "a signal to its own process",
    make: () => process.kill(process.pid, "SIGKILL"),
    inProcess: "ends the homeserver",
    end: /^SIGKILL$/,
  },
  timerThrows: {
    what: "an exception in a timer",
    make: () => void setTimeout(() => bites(), 10),
    inProcess: "ends the homeserver",
    end: /^1$/,
    said: THROWN_LATE,
  },
  timerThrowsUnreadable: {
    what: "an exception in a timer",
    make: () =>
      void setTimeout(() => {
        throw withMember("stack", { get: bites });
      }, 10),
    inProcess: "ends the homeserver",
    end: /^1$/,
    said: THROWN_LATE,
  },
  memory: {
    what: "using more and more memory",
    make: () => {
      const all: unknown[] = [];
      for (;;) all.push(Array.from({ length: 100_000 }, () => ({})));
    },
    inProcess: "ends the homeserver",
    end: /^SIG(ABRT|KILL)$/,
    said: OUT_OF_MEMORY,
  },
  loop: {
    what: "an endless loop",
    make: () => {
      for (;;);
    },
    inProcess: "blocks the homeserver",
    end: /^SIGKILL$/,
    said: BLOCKED,
  },
  microtasks: {
    what: "an endless chain of promises",
    make: () => {
      const again = (): Promise<void> => Promise.resolve().then(again);
      return again();
    },
    inProcess: "blocks the homeserver",
    end: /^SIG(ABRT|KILL)$/,
    said: OUT_OF_MEMORY,
  },
  regularExpression: {
    what: "a regular expression that backtracks",
    make: () => /^(a+)+$/.test(`${"a".repeat(60)}b`),
    inProcess: "blocks the homeserver",
    end: /^SIGKILL$/,
    said: BLOCKED,
  },
};
