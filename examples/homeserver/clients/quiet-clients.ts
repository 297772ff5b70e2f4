import { LogService } from "matrix-bot-sdk";
import { AutoDiscovery } from "matrix-js-sdk/lib/autodiscovery.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

/** Keeps both clients from writing on the console, and from asking the real server of a domain about itself. */
export function quietClients(): void {
  LogService.setLogger({ trace() {}, debug() {}, info() {}, warn() {}, error() {} });
  for (const one of [logger, logger.getChild("MatrixRTCSessionManager"), logger.getChild("FetchHttpApi")]) {
    (one as typeof logger).disableAll();
  }
  AutoDiscovery.setFetchFn(async () => new Response("{}", { status: 404 }));
}
