import type { DeviceId, UserId } from "../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { assertJson } from "./assert-json.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** A pusher that a client registered at an HTTP push gateway. (Matrix specification, "Push notifications".) @public */
export interface HttpPusher {
  readonly appId: string;
  readonly pushKey: string;
  /** When the push key was last changed, in milliseconds since the epoch. */
  readonly pushKeyTs: number;
  /** Null if the client named no device. */
  readonly deviceId: DeviceId | null;
  /** The URL of the gateway. */
  readonly url: string;
  /** The pusher's `data`, without the URL. */
  readonly data: JsonObject;
}

/** Sends push notifications through the push gateways of users' clients. @public */
export abstract class Pushers {
  static readonly declaration: ServiceDeclaration<Pushers> = {
    runsIn: "homeserver",
    methods: {
      sendHttpPushNotification: { does: "acts", takes: ["personal", "personal"], returns: "personal" },
    },
  };

  /**
   * Sends a notification to all HTTP pushers of a user, or to those of one device. The result says for each device
   * whether its gateway answered and rejected nothing; pushers without a device are notified but not reported. For an
   * unknown user the result is empty. Gateway errors become results, not exceptions. (`send_http_push_notification`, 1.82.)
   *
   * @param content the `notification` of the push; its `devices` are replaced.
   * @param tweaks go into the device of the push.
   * @param defaultPayload is merged over the pusher's own `default_payload`.
   */
  async sendHttpPushNotification(
    userId: UserId,
    deviceId: DeviceId | null,
    content: JsonObject,
    tweaks?: JsonObject,
    defaultPayload?: JsonObject,
  ): Promise<Record<DeviceId, boolean>> {
    assertJson({ content, tweaks, defaultPayload }, "the notification");
    const pushers = await this.httpPushersOf(userId);
    const chosen = deviceId === null ? pushers : pushers.filter((pusher) => pusher.deviceId === deviceId);
    const delivered = await Promise.all(
      chosen.map((pusher) => this.#push(pusher, { ...content, devices: [deviceOf(pusher, tweaks, defaultPayload)] })),
    );
    const result: Record<DeviceId, boolean> = {};
    for (const [index, pusher] of chosen.entries()) {
      if (pusher.deviceId !== null) result[pusher.deviceId] = delivered[index]!;
    }
    return result;
  }

  /** A user's HTTP pushers; none for an unknown user. */
  protected abstract httpPushersOf(userId: UserId): Promise<readonly HttpPusher[]>;

  /** Posts a body to a gateway and returns the body of its response; throws when the gateway fails. */
  protected abstract postToGateway(url: string, body: JsonObject): Promise<unknown>;

  /** Called for each failure of a gateway, to log it. */
  protected abstract onGatewayError(pusher: HttpPusher, error: unknown): void;

  async #push(pusher: HttpPusher, notification: JsonObject): Promise<boolean> {
    try {
      const answer = await this.postToGateway(pusher.url, { notification });
      const rejected = isPlainObject(answer) ? answer.rejected : undefined;
      return !(Array.isArray(rejected) && rejected.length > 0);
    } catch (error) {
      this.onGatewayError(pusher, error);
      return false;
    }
  }
}

function deviceOf(pusher: HttpPusher, tweaks?: JsonObject, defaultPayload?: JsonObject): JsonObject {
  const own = pusher.data.default_payload;
  return {
    app_id: pusher.appId,
    pushkey: pusher.pushKey,
    // The push gateway API counts in seconds.
    pushkey_ts: Math.floor(pusher.pushKeyTs / 1000),
    data: defaultPayload
      ? { ...pusher.data, default_payload: { ...(isPlainObject(own) ? (own as JsonObject) : {}), ...defaultPayload } }
      : pusher.data,
    ...(tweaks && { tweaks }),
  };
}
