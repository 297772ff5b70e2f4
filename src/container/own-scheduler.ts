import { LigandError } from "../errors/ligand-error.js";
import type { Timer } from "../services/clock.js";
import type { Scheduler } from "../services/scheduler.js";

/** The scheduler as one module has it: the module's timers end with the module, and not with the host alone. */
export interface OwnScheduler {
  readonly scheduler: Scheduler;
  /** Cancels the module's timers. From then on it can set none. */
  readonly end: () => void;
}

/** @param id the module's */
export function ownScheduler(scheduler: Scheduler, id: string): OwnScheduler {
  const timers = new Set<Timer>();
  let hasEnded = false;
  const kept = (set: (forget: () => void) => Timer): Timer => {
    if (hasEnded) throw new LigandError("LIGAND_HOST_STOPPED", `module ${id} used the scheduler after it had stopped`);
    const timer = set(() => timers.delete(own));
    const own: Timer = {
      cancel: () => {
        timers.delete(own);
        timer.cancel();
      },
    };
    timers.add(own);
    return own;
  };
  const methods: Partial<Scheduler> = {
    loopingBackgroundCall: (f, ms, options) => kept(() => scheduler.loopingBackgroundCall(f, ms, options)),
    delayedBackgroundCall: (ms, f, options) =>
      kept((forget) => {
        const once = () => {
          forget();
          return f();
        };
        return scheduler.delayedBackgroundCall(ms, named(once, f), options);
      }),
  };
  return {
    // A proxy: the host's scheduler may have methods of its own, and private fields.
    scheduler: new Proxy(scheduler, {
      get(target, name) {
        if (Object.hasOwn(methods, name)) return methods[name as keyof Scheduler];
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" && name !== "constructor" ? (member.bind(target) as unknown) : member;
      },
    }),
    end() {
      hasEnded = true;
      for (const timer of timers) timer.cancel();
    },
  };
}

/** Schedulers name calls after their functions. */
function named<F extends () => unknown>(f: F, { name }: () => unknown): F {
  return Object.defineProperty(f, "name", { value: name });
}
