import { requestIdOf } from "../../web/request-ids.js";
import { CallScheduled, CallWebResource } from "../wire/process-protocol.js";
import type { WireRequest } from "../wire/protocol.js";
import { REAL_RUNTIME } from "../wire/runtime.js";
import { Crossing, type CrossingOptions } from "./crossing.js";
import { fetchOver } from "./fetch-over.js";
import type { NumberedCalls } from "./numbered-calls.js";
import type { ProcessNames } from "./process-names.js";
import type { SupervisedProcess } from "./supervised-process.js";

/** What calls to the modules of a process need. */
export interface CallsToProcessOptions {
  readonly process: Pick<SupervisedProcess, "running" | "health" | "kill">;
  readonly names: ProcessNames;
  readonly calls: NumberedCalls;
  /** Notes what the callback that's running asked in its process. */
  readonly noteReads: CrossingOptions["noteReads"];
  /** How long a call may take, in milliseconds. */
  readonly callTimeoutMs?: number | undefined;
}

/** Calls the modules of a process, once they run. A method is named by its place in its module's description. */
export class CallsToProcess {
  readonly crossing: Crossing;

  constructor(private readonly options: CallsToProcessOptions) {
    const { process, names, calls, noteReads, callTimeoutMs } = options;
    this.crossing = new Crossing({
      link: () => process.running,
      calls,
      noteReads,
      process: names.process,
      timeoutMs: callTimeoutMs,
      now: () => REAL_RUNTIME.now(),
      nonsense: (error) => process.kill(error.message),
    });
  }

  /** Asks a web resource. */
  async respond(module: string, method: number, request: Request): Promise<Response> {
    const { process, calls, callTimeoutMs: timeoutMs } = this.options;
    const call = calls.open();
    try {
      const what = `web path ${new URL(request.url).pathname}`;
      const requestId = requestIdOf(request);
      const params = (crossing: WireRequest) => ({
        module,
        method,
        request: crossing,
        ...(requestId !== undefined && { requestId }),
        ...(call !== undefined && { call }),
      });
      return (await fetchOver(process.running, request, CallWebResource, params, { what, timeoutMs }))!;
    } finally {
      calls.close(call);
    }
  }

  async runScheduled(module: string, method: number): Promise<void> {
    const { process } = this.options;
    // The log says that its process isn't running; a line for each call would hide that.
    if (process.health.state !== "running") return;
    await process.running.peer.ask(CallScheduled, { module, method }, `a scheduled call of module ${module}`);
  }
}
