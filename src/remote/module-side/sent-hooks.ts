import { isDeepStrictEqual } from "node:util";
import type { Logger } from "winston";
import type { DescribedModule, DescribeHooks } from "../../container/modules-info.js";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses } from "../../errors/problem.js";
import { TIMED_OUT, withinBudget } from "../../modules/within-budget.js";
import { afterPromises } from "../wire/after-promises.js";
import { LookAt, type RemoteHook } from "../wire/protocol.js";
import type { Runtime } from "../wire/runtime.js";
import type { Connected, ConnectedProcesses } from "./connected-processes.js";

/** How long a process of a homeserver may take to send what other callbacks look at, in milliseconds. */
const ADAPT_MS = 10_000;

/** What the processes of a homeserver send of each call: as much as the callbacks look at, also while a reload replaces them. */
export class SentHooks {
  /** What callbacks look at that are about to be called. */
  #coming: readonly RemoteHook[] = [];

  constructor(
    private readonly processes: ConnectedProcesses,
    private readonly describe: DescribeHooks,
    private readonly logger: Logger,
    private readonly runtime: Runtime,
  ) {}

  /** What a process is to send while these modules run. */
  of(modules: readonly DescribedModule[]): readonly RemoteHook[] {
    return union(this.describe(modules), this.#coming);
  }

  /**
   * Replaces modules by others, so that each call carries what is looked at when it's answered.
   *
   * @param put replaces them; throws if nothing changed
   */
  async changeOver(
    running: readonly DescribedModule[],
    next: readonly DescribedModule[],
    put: () => void,
  ): Promise<void> {
    const [before, coming] = [this.describe(running), this.describe(next)];
    if (isDeepStrictEqual(before, coming)) return put();
    let now = before;
    this.#coming = coming;
    try {
      // A process that has just started its modules has an answer under way that says less.
      await new Promise<void>(afterPromises);
      await this.#tell(union(before, coming));
      put();
      now = coming;
    } finally {
      this.#coming = [];
      // Until it has, a process sends more than is looked at.
      void this.#tell(now);
    }
  }

  async #tell(hooks: readonly RemoteHook[]): Promise<void> {
    await Promise.all(this.processes.introduced.map((connected) => this.#tellOne(connected, hooks)));
  }

  async #tellOne({ id, peer, handles }: Connected, hooks: readonly RemoteHook[]): Promise<void> {
    try {
      await peer.ask(LookAt, { hooks }, "what callbacks look at", { timeoutMs: ADAPT_MS });
      // Of calls that came before, the state may still be on its way.
      if ((await withinBudget(handles.states.completed(), ADAPT_MS, this.runtime)) !== TIMED_OUT) return;
      this.logger.warn(`connection ${id} is closed: the state for its calls hasn't arrived within ${ADAPT_MS} ms`);
    } catch (error) {
      if (error instanceof LigandError && error.code === "LIGAND_REMOTE_LOST") return;
      this.logger.warn(`connection ${id} is closed, because a reload needs its answer: ${messageWithCauses(error)}`);
    }
    // Connected again, it sends what is looked at then.
    peer.close();
  }
}

/** All that the callbacks of both look at. */
function union(some: readonly RemoteHook[], more: readonly RemoteHook[]): readonly RemoteHook[] {
  if (more.length === 0) return some;
  const both = new Map([...some, ...more].map((hook) => [`${hook.category}.${hook.hook}`, { ...hook, callbacks: [] }]));
  return Array.from(both, ([name, hook]) => ({
    ...hook,
    callbacks: [...some, ...more].flatMap((one) => (`${one.category}.${one.hook}` === name ? one.callbacks : [])),
  }));
}
