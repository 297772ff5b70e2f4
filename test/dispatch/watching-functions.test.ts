import { expect } from "chai";
import { backgroundUpdates, type BackgroundUpdateSlot } from "#src/catalogue/background-updates.js";
import { passwordAuth } from "#src/catalogue/password-auth.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import type { CallbackMetrics } from "#src/dispatch/counters.js";
import { Codes } from "#src/matrix/codes.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import type { LoginResponse } from "#src/matrix/records.js";
import { startCategory } from "./start-category.js";

const PASSWORD = "correct horse battery";

/** Logs alice in, calls the module's `onLogin`, and returns what it threw, with the lines in the log. */
async function logIn(onLogin: (response: Record<string, unknown>) => unknown) {
  const { hooks, lines } = startCategory(passwordAuth, { sso: { authChecker: () => ["@alice:example.org", onLogin] } });
  const answer = await hooks.checkAuth("alice", "m.login.password", { password: PASSWORD }, { requestId: "POST-7" });
  const response: LoginResponse = {
    user_id: "@alice:example.org",
    access_token: "mdnl_oak",
    home_server: "example.org",
    device_id: "D",
  };
  const error = await Promise.resolve(answer![1]!(response)).catch((thrown: unknown) => thrown);
  return { error: error as LigandError, lines: lines() };
}

const line = (hook: string, module: string, callback: string, message: string, stack: string, requestId?: string) => ({
  level: "error",
  module,
  hook,
  callback,
  ...(requestId !== undefined && { requestId }),
  message,
  stack,
});

describe("functions inside answers", () => {
  it("an error of onLogin is logged with module, hook and request, without the password and the token", async () => {
    const { error, lines } = await logIn((response) => {
      const message = `no account for ${PASSWORD}, ${String(response["access_token"])}`;
      response["access_token"] = "another";
      throw new Error(message);
    });
    const text = "no account for [redacted], [redacted]";
    expect(error.message).to.equal(text);
    expect(lines).to.deep.equal([
      line(
        "PasswordAuth.authChecker",
        "sso",
        "sso.authChecker",
        `onLogin of callback sso.authChecker of module sso on PasswordAuth.authChecker failed: ${text}`,
        `Error: ${text}`,
        "POST-7",
      ),
    ]);
  });

  it("onLogin may not put into the response what JSON can't carry", async () => {
    const { error, lines } = await logIn((response) => {
      response["expires_in_ms"] = 10n;
    });
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ANSWER_ILLEGAL",
      "the callback put something into response that JSON can't carry: a bigint at expires_in_ms",
    ]);
    expect(lines).to.have.lengthOf(1);
  });

  it("onLogin may change the response, and answer later", async () => {
    const { error, lines } = await logIn(async (response) => void (response["well_known"] = { sso: true }));
    expect(error).to.equal(undefined);
    expect(lines).to.deep.equal([]);
  });

  it("a slot whose enter doesn't come to a number of milliseconds fails there, by name", async () => {
    const slot = { enter: async () => "soon", exit: async () => undefined };
    const { hooks, lines } = startCategory(backgroundUpdates, {
      night: { onUpdate: () => slot, minBatchSize: () => 1, defaultBatchSize: () => 1 },
    });
    const { enter, exit } = hooks.onUpdate("reindex", "master", false) as BackgroundUpdateSlot;
    const error = await enter().catch((thrown: unknown) => thrown as LigandError);
    expect((error as LigandError).code).to.equal("LIGAND_ANSWER_ILLEGAL");
    expect(await exit()).to.equal(undefined);
    const message = (error as LigandError).message;
    expect(lines()).to.deep.equal([
      line(
        "BackgroundUpdates.onUpdate",
        "night",
        "night.onUpdate",
        `enter of callback night.onUpdate of module night on BackgroundUpdates.onUpdate failed: ${message}`,
        `LigandError: ${message}`,
      ),
    ]);
  });

  it("a slot that fails counts as a failure of its callback, and keeps counting when callbacks are exchanged", async () => {
    const slot = { enter: () => Promise.reject(new Error("not now")), exit: async () => undefined };
    const modules = { night: { onUpdate: () => slot } };
    const { hooks, chains, setModules } = startCategory(backgroundUpdates, modules);
    for (const turn of [1, 2]) {
      const { enter } = hooks.onUpdate("reindex", "master", false) as BackgroundUpdateSlot;
      expect(((await enter().catch((thrown: unknown) => thrown)) as Error).message).to.equal("not now");
      const [{ calls, failures, timeouts }] = chains[0]!.plan.meter.read() as [CallbackMetrics];
      expect({ calls, failures, timeouts }).to.deep.equal({ calls: turn, failures: turn, timeouts: 0 });
      setModules(modules);
    }
  });

  it("an onLogin that refuses isn't a failure of its callback", async () => {
    const refuses = () => {
      throw new MatrixError(403, "You are not welcome", Codes.FORBIDDEN);
    };
    const { hooks, chains } = startCategory(passwordAuth, { sso: { authChecker: () => ["@a:example.org", refuses] } });
    const answer = await hooks.checkAuth("a", "m.login.password", { password: PASSWORD });
    const refusal = await Promise.resolve(answer![1]!({} as LoginResponse)).catch((thrown: unknown) => thrown);
    expect(refusal).to.be.instanceOf(MatrixError);
    const counted = chains.flatMap(({ plan }) => plan.meter.read()).map(({ failures }) => failures);
    expect(counted).to.deep.equal([0]);
  });

  it("a slot of a class keeps its instance", async () => {
    class Slot {
      readonly #ms = 50;
      readonly errors: unknown[] = [];
      async enter() {
        return this.#ms;
      }
      async exit(error?: unknown) {
        this.errors.push(error);
      }
    }
    const slot = new Slot();
    const { hooks } = startCategory(backgroundUpdates, { night: { onUpdate: () => slot } });
    const { enter, exit } = hooks.onUpdate("reindex", "master", false) as BackgroundUpdateSlot;
    expect(await enter()).to.equal(50);
    await exit("broken");
    expect(slot.errors).to.deep.equal(["broken"]);
  });
});
