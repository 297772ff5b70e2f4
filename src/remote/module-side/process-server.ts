import type { Logger } from "winston";
import type { SentServicesOptions } from "../../default-services/default-services.js";
import { LigandError } from "../../errors/ligand-error.js";
import { andThen } from "../../hooks/and-then.js";
import type { MaybePromise } from "../../hooks/context.js";
import { TIMED_OUT, withinBudget } from "../../modules/within-budget.js";
import { responseOf } from "../../web/web-route.js";
import type { WebCallback } from "../../web/web-resource.js";
import type { Connection } from "../wire/connection.js";
import { Peer } from "../wire/peer.js";
import { PeerHandles } from "../wire/peer-handles.js";
import {
  CallCallbacks,
  CallScheduled,
  CallWebResource,
  DescribeEntries,
  DescribeModules,
  LoadModules,
  OfferServices,
  SetLogLevel,
  StartModule,
  StopModule,
  type CallbackAnswers,
} from "../wire/process-protocol.js";
import { decode } from "../wire/wire.js";
import { WireContext } from "./wire-context.js";
import { callServiceOver } from "./call-service-over.js";
import { currentCall, type CurrentCall } from "./current-call.js";
import { hookOf, type ProcessModules } from "./process-modules.js";
import type { CallRemoteService } from "./remote-services.js";
import { CallbackRun } from "./callback-run.js";
import { answerWebRequest } from "./serve-web.js";

/** What a {@link ProcessServer} needs. */
export interface ProcessServerOptions {
  readonly modules: ProcessModules;
  readonly logger: Logger;
  /** How long {@link ProcessServer.stop} waits for running calls, and for each module, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** Called before this process does something else than to call callbacks. */
  readonly otherwise?: () => void;
}

/** Answers the program that started this process for its modules. */
export class ProcessServer {
  /** Resolves once it has stopped, by `stop` or because the program is gone. */
  readonly stopped: Promise<void>;
  readonly #options: ProcessServerOptions;
  readonly #peer: Peer;
  readonly #handles: PeerHandles;
  readonly #resolveStopped: () => void;
  #stopping: Promise<void> | undefined;

  constructor(socket: Connection, options: ProcessServerOptions) {
    this.#options = options;
    this.#peer = new Peer(socket, {
      before: (method) => {
        if (method !== CallCallbacks.method) options.otherwise?.();
      },
    });
    this.#handles = new PeerHandles(this.#peer);
    let resolveStopped!: () => void;
    this.stopped = new Promise((resolve) => (resolveStopped = resolve));
    this.#resolveStopped = resolveStopped;
    this.#answerStart();
    this.#answerCalls();
    this.#peer.listen();
    // Only the program can ask: without it there's nothing to do.
    void this.#peer.closed.then(() => this.stop());
  }

  /** Refuses new calls, lets running calls finish, stops the modules, and closes the connection. Calling it again is harmless. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const { modules, logger, stopTimeoutMs } = this.#options;
    if ((await withinBudget(this.#handles.idle(), stopTimeoutMs)) === TIMED_OUT) {
      logger.warn(`calls are still in flight after ${stopTimeoutMs} ms; stopping without them`);
    }
    await modules.stopAll(stopTimeoutMs);
    // The process ends with its connection: what it has answered by now has to have left it, however large it is.
    await withinBudget(this.#peer.written(), stopTimeoutMs);
    this.#peer.close();
    this.#resolveStopped();
  }

  #answerStart(): void {
    const { modules } = this.#options;
    const peer = this.#peer;
    peer.answer(LoadModules, () => modules.find());
    peer.answer(DescribeModules, ({ infos }) => modules.describe(infos));
    peer.answer(DescribeEntries, () => modules.entrySchemas());
    peer.answer(OfferServices, ({ homeserver, lent, settings, notesReads }) =>
      modules.bind(homeserver, lent, settings as SentServicesOptions, notesReads, this.#callService),
    );
    peer.answer(StartModule, ({ module, timeoutMs, level }) => modules.start(module, timeoutMs, level));
    peer.onNotification(SetLogLevel, ({ module, level }) => modules.setLevel(module, level));
    peer.answer(StopModule, async ({ module, timeoutMs }) => ({ stopped: await modules.stop(module, timeoutMs) }));
  }

  #answerCalls(): void {
    const { modules } = this.#options;
    const peer = this.#peer;
    const handles = this.#handles;
    peer.answer(CallCallbacks, (call, request): MaybePromise<CallbackAnswers> => {
      const { chain, callbacks, args, context, isInShadow = false } = call;
      const hook = hookOf(chain);
      const calls = callbacks.map((callback) => modules.callback(callback));
      const { requestId } = context;
      const id = Number(request.message.id);
      const current = { id, what: `hook ${chain}`, hook: chain, requestId, number: call.call, isInShadow };
      return this.#around(current, () =>
        andThen(handles.states.completeAll(args, request), (whole) => {
          const given: unknown[] = whole.map((arg) => decode(arg, handles));
          given[hook.parameters.length] = new WireContext(context, request);
          return modules.answer(new CallbackRun(hook, calls, given, handles, request));
        }),
      );
    });
    peer.answer(CallWebResource, ({ module, method, request, requestId, call }, { signal }) => {
      const callback = modules.method(module, method) as WebCallback;
      const what = `web path ${new URL(request.url).pathname}`;
      const current = { what, hook: undefined, requestId, number: call };
      return answerWebRequest(
        request,
        signal,
        handles,
        async (respond) => this.#around(current, respond),
        (incoming) => responseOf(callback, incoming),
      );
    });
    peer.answer(CallScheduled, async ({ module, method }) => {
      const scheduled = modules.method(module, method);
      await this.#around({ what: "a scheduled call", hook: undefined, requestId: undefined }, async () => scheduled());
      return {};
    });
  }

  #around<T>(call: CurrentCall, answer: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#stopping) {
      throw new LigandError("LIGAND_HOST_STOPPED", `${call.what}: the modules are shutting down`, {
        remedy: "Try again once they have restarted.",
      });
    }
    return currentCall.run(call, answer);
  }

  readonly #callService: CallRemoteService = (service, method, args) =>
    callServiceOver(this.#peer, this.#handles, { service, method, args, call: currentCall.getStore()?.number });
}
