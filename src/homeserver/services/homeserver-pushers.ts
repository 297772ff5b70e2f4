import type { UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import type { HttpClient } from "../../services/http-client.js";
import { Pushers, type HttpPusher } from "../../services/pushers.js";
import type { Homeserver } from "../homeserver.js";

/** {@link Pushers} of a {@link Homeserver}: they post by its HTTP client. */
export class HomeserverPushers extends Pushers {
  constructor(
    private readonly homeserver: Homeserver,
    private readonly http: HttpClient,
  ) {
    super();
  }

  protected httpPushersOf(userId: UserId): Promise<HttpPusher[]> {
    return this.homeserver.storage.pushers.find({ userId });
  }

  protected postToGateway(url: string, body: JsonObject): Promise<unknown> {
    return this.http.postJsonGetJson(url, body);
  }

  protected onGatewayError({ url }: HttpPusher, error: unknown): void {
    this.homeserver.logger.warn(`The push gateway ${url} failed`, { error });
  }
}
