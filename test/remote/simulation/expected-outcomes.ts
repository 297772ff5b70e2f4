import { AccountDataStore, ConfiguredServer, MatrixError, Server, bindService } from "#src/index.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { describeHomeserver } from "#src/remote/homeserver-side/link.js";
import { Call, ENDS, KINDS, type CallPlan } from "./call.js";
import { performCall, type Callee, type PerformOptions } from "./perform-call.js";
import { calls, SimulatedStore, startPooled } from "./simulated-modules.js";

/** How a call ended, as a string in which the call's own name and text don't appear. */
export type Expected = string;

/** What a call comes to where the modules run in this process, for each way that calls are planned. */
export class ExpectedOutcomes {
  readonly #byPlan = new Map<string, Expected>();

  static async find(): Promise<ExpectedOutcomes> {
    const server = new ConfiguredServer({ serverName: "example.org" });
    const store = new SimulatedStore(server, "here", () => Promise.resolve());
    const services = [bindService(Server, server), bindService(AccountDataStore, store)];
    const { host, place } = await startPooled((await describeHomeserver(services, "here")).info);
    place.call = (_service, _method, args) => store.getGlobal(args[0] as never, args[1] as string);
    const all = new ExpectedOutcomes();
    for (const kind of KINDS) {
      for (const ends of ENDS.filter((end) => end !== "never")) {
        for (const follows of ["uses", "drops", "stops"] as const) {
          for (const asksService of [true, false]) {
            const plan = { n: 1, kind, ends, delayMs: 0, asksService, follows, size: 5 };
            all.#byPlan.set(keyOf(plan), await outcomeOf(new Call(plan), host));
          }
        }
      }
    }
    return all;
  }

  of(plan: CallPlan): Expected | undefined {
    return this.#byPlan.get(keyOf(plan));
  }
}

/** Makes a call, and says how it ended. */
export async function outcomeOf(
  call: Call,
  host: Callee,
  options: PerformOptions = { signal: new AbortController().signal },
): Promise<Expected> {
  calls.set(call.name, call);
  try {
    const value = await performCall(call, host, options);
    return (JSON.stringify(value) ?? "undefined").replaceAll(call.text, "TEXT").replaceAll(call.name, "NAME");
  } catch (error) {
    return nameOfError(error);
  }
}

function nameOfError(error: unknown): Expected {
  if (error instanceof MatrixError) return `MatrixError ${error.status} ${error.errcode}`;
  if (error instanceof LigandError) return error.code;
  // An error of a module is one of the other side where the modules are elsewhere.
  if (error instanceof Error && error.name === "Error") return "LIGAND_REMOTE_FAILED";
  return error instanceof Error ? error.name : `thrown: ${String(error)}`;
}

function keyOf({ kind, ends, follows, asksService }: CallPlan): string {
  return `${kind} ${ends} ${follows} ${asksService}`;
}
