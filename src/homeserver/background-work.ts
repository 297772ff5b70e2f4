import type { Logger } from "winston";

/** Work that no request waits for. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly logger: Logger) {}

  /** Starts work. An error of it is logged. */
  start(description: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.logger.error(`The background work '${description}' failed`, { error });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves once all work has ended, including what that work has started. */
  async settled(): Promise<void> {
    while (this.isRunning) await Promise.all(this.#running);
  }
}
