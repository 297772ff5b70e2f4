import type { Logger } from "winston";

/** Runs work that no request waits for. @public */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly logger: Logger) {}

  /** Starts work. If it fails, the error is logged. */
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

  /** Resolves once all work has finished, including work started by it. */
  async settled(): Promise<void> {
    while (this.isRunning) await Promise.all(this.#running);
  }
}
