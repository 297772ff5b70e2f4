import { isatty } from "node:tty";

/**
 * What to do on SIGHUP. Without it the signal kills the process, also while modules are loaded: it waits until it's known
 * what to do.
 */
export class Hangups {
  /** Whether a terminal sends it, which then closes. Asked now: of a closed one it isn't known any more. */
  readonly isOfTerminal = isatty(0);
  #hasCome = false;
  #act: (() => void) | undefined;

  constructor() {
    process.on("SIGHUP", () => {
      if (this.#act) this.#act();
      else this.#hasCome = true;
    });
  }

  become(act: () => void): void {
    this.#act = act;
    if (this.#hasCome) act();
  }
}

let awaited: Hangups | undefined;

/** What to do on SIGHUP in this process. From the first call on, the signal waits. */
export function awaitHangups(): Hangups {
  return (awaited ??= new Hangups());
}
