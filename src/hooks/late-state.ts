/** The state that only callbacks in shadow look at: a dispatch doesn't wait for it. */
export class LateState {
  readonly #load: () => unknown;
  #loaded: Promise<unknown> | undefined;

  /** @param load called when a callback needs it, once. It may throw. */
  constructor(load: () => unknown) {
    this.#load = load;
  }

  /** The same, whose load has begun: later it would be another state. */
  static loading(load: () => unknown): LateState {
    const late = new LateState(load);
    // An error is one of the calls that look at it.
    late.loaded.catch(() => undefined);
    return late;
  }

  /** Whether an argument is one; no code of a homeserver is run, which `instanceof` might. */
  static is(arg: unknown): arg is LateState {
    return typeof arg === "object" && arg !== null && #load in arg;
  }

  get loaded(): Promise<unknown> {
    return (this.#loaded ??= new Promise((resolve) => resolve(this.#load())));
  }
}
