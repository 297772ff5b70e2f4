import {
  AccountValidity,
  Module,
  PasswordAuth,
  SpamChecker,
  UnsignedFields,
  type AuthResult,
  type HookContext,
  type JsonObject,
  type UserId,
} from "#src/index.js";

/** A call that a test in the same process watches, and settles. */
export class WaitingCall {
  settle!: () => void;
  readonly #settled = new Promise<void>((resolve) => (this.settle = resolve));
  /** Resolves once the signal of the call was aborted. */
  readonly aborted: Promise<void>;

  constructor(readonly signal: AbortSignal) {
    this.aborted = new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  get settled(): Promise<void> {
    return this.#settled;
  }
}

const awaited = new Map<string, (call: WaitingCall) => void>();

/** The next call of a hook, which settles when the test says so. */
export function nextCallOf(hook: string): Promise<WaitingCall> {
  return new Promise((resolve) => awaited.set(hook, resolve));
}

async function wait(hook: string, { signal }: HookContext): Promise<void> {
  const take = awaited.get(hook);
  if (!take || !signal) return;
  awaited.delete(hook);
  const call = new WaitingCall(signal);
  take(call);
  await call.settled;
}

/** Answers immediately, unless a test waits for the call. */
@Module()
export class Waiter {
  @AccountValidity.isUserExpired()
  async isUserExpired(_userId: UserId, context: HookContext) {
    await wait("isUserExpired", context);
    return null;
  }

  @UnsignedFields.addFieldToUnsigned()
  async addFieldToUnsigned(_event: unknown, context: HookContext): Promise<JsonObject> {
    await wait("addFieldToUnsigned", context);
    return {};
  }

  @SpamChecker.checkEventForSpam()
  async checkEventForSpam(_event: unknown, context: HookContext) {
    await wait("checkEventForSpam", context);
    return "NOT_SPAM" as const;
  }
}

/** Lets everybody in, and has something to say of each login. */
@Module()
export class LetsAllIn {
  @PasswordAuth.authChecker("org.example.word", ["word"])
  check(username: string): AuthResult {
    const userId = username.startsWith("@") ? username : `@${username}:synapse.test`;
    return [userId as UserId, (response) => void Object.assign(response, { "org.example.greeting": username })];
  }
}
