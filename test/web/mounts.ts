import { createLogger } from "#src/logging/create-logger.js";
import { createWeb, type Web } from "#src/web/create-web.js";
import { webMountsOf, type WebMount } from "#src/web/web-mount.js";
import { CapturedStream } from "../logging/captured-stream.js";

/** The web resources of instances, by module id, with what was logged. */
export class ServedModules {
  readonly #stream = new CapturedStream();
  readonly web: Web;

  constructor(instances: Record<string, object>) {
    this.web = createWeb(mountsOf(instances), createLogger({ format: "json", stream: this.#stream }));
  }

  /** The lines logged so far, without their time. */
  get log(): Record<string, unknown>[] {
    return this.#stream.lines.map((line) => {
      const { timestamp: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
  }

  /** The status and text of the answer to a request; undefined when no path matches. */
  async ask(path: string, method = "GET"): Promise<{ status: number; text: string } | undefined> {
    const response = await this.fetch(path, { method });
    return response && { status: response.status, text: await response.text() };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    return this.web.fetch(new Request(`http://host${path}`, init), { requestId: "REQ-1" });
  }
}

export function mountsOf(instances: Record<string, object>): WebMount[] {
  return Object.entries(instances).flatMap(([id, instance]) => webMountsOf({ id }, instance));
}
