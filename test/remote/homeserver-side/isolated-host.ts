import { NOT_SPAM, type RemoteHost } from "#src/index.js";
import { startIsolatedWith, type IsolatedOptions } from "#src/start-isolated.js";
import type { RestartTimes } from "#src/remote/homeserver-side/restarts.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding } from "../served.js";
import { until } from "../../until.js";

/** A host of the module `Harmful`, which does what the body of an event says. */
export class HarmedHost implements AsyncDisposable {
  private constructor(
    readonly host: RemoteHost,
    readonly logs: readonly LogRecord[],
  ) {}

  static async start(options: Partial<IsolatedOptions> = {}, restartTimes?: RestartTimes): Promise<HarmedHost> {
    const { logger, records } = captureLogs({ all: true });
    const configFile = "test/fixtures/remote/harmful.yaml";
    const services = [serverBinding()];
    const host = await startIsolatedWith(
      { configFile, services, logger, stopTimeoutMs: 1000, ...options },
      restartTimes,
    );
    return new HarmedHost(host, records);
  }

  /** @returns what the hook came to; the code of the error, where it was one. */
  async check(body: string, requestId = "PUT-7"): Promise<unknown> {
    const event = roomEvent({ content: { body } });
    const outcome = await outcomeOf(() => this.host.hooks.spamChecker.checkEventForSpam(event, { requestId }));
    return "result" in outcome ? outcome.result : (outcome.error as { code: string }).code;
  }

  async answersAgain(): Promise<void> {
    await until(async () => (await this.check("ham")) === NOT_SPAM);
  }

  /** The first line of the log that matches, once there is one. */
  async logged(pattern: RegExp): Promise<LogRecord> {
    await until(() => this.logs.some(({ message }) => pattern.test(message)));
    return this.logs.find(({ message }) => pattern.test(message))!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
  }
}
