import type { Logger } from "winston";
import type { UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import type { HttpClient } from "../../services/http-client.js";
import { Pushers, type HttpPusher } from "../../services/pushers.js";
import type { Storage } from "../storage.js";

/** {@link Pushers} of the homeserver, which post with its HTTP client. */
export class HomeserverPushers extends Pushers {
  constructor(
    private readonly parts: {
      readonly storage: Pick<Storage, "pushers">;
      readonly httpClient: HttpClient;
      readonly logger: Logger;
    },
  ) {
    super();
  }

  protected httpPushersOf(userId: UserId): Promise<HttpPusher[]> {
    return this.parts.storage.pushers.find({ userId });
  }

  protected postToGateway(url: string, body: JsonObject): Promise<unknown> {
    return this.parts.httpClient.postJsonGetJson(url, body);
  }

  protected onGatewayError({ url }: HttpPusher, error: unknown): void {
    this.parts.logger.warn(`The push gateway ${url} failed`, { error });
  }
}
