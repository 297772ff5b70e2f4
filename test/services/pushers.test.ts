import { expect } from "chai";
import type { UserId } from "#src/matrix/identifiers.js";
import type { JsonObject } from "#src/matrix/json.js";
import { Pushers, type HttpPusher } from "#src/services/pushers.js";

class SmallPushers extends Pushers {
  readonly posted: unknown[] = [];
  readonly errors: unknown[] = [];

  constructor(readonly pushers: readonly HttpPusher[]) {
    super();
  }
  protected async httpPushersOf(userId: UserId): Promise<readonly HttpPusher[]> {
    return userId === "@a:server" ? this.pushers : [];
  }
  protected async postToGateway(url: string, body: JsonObject): Promise<unknown> {
    this.posted.push([url, body]);
    if (url.includes("down")) throw new RangeError("down");
    return url.includes("reject") ? { rejected: ["key"] } : {};
  }
  protected onGatewayError(pusher: HttpPusher, error: unknown): void {
    this.errors.push([pusher.url, (error as Error).message]);
  }
}

const pusher = (deviceId: string | null, url = "https://gateway/", data: JsonObject = {}): HttpPusher => ({
  appId: "app",
  pushKey: "key",
  pushKeyTs: 1_700_000_000_999,
  deviceId,
  url,
  data,
});

describe("Pushers", () => {
  it("case 488: Pushers posts one device per pusher, with tweaks, and the payload laid over the pusher's own", async () => {
    const data = { format: "event_id_only", default_payload: { a: 1, b: 1 } };
    const pushers = new SmallPushers([pusher("D", "https://gateway/", data)]);
    const content = { event_id: "$e", devices: ["overwritten"] };
    const result = await pushers.sendHttpPushNotification("@a:server", null, content, { sound: "ring" }, { b: 2 });
    expect(result).to.deep.equal({ D: true });
    const device = {
      app_id: "app",
      pushkey: "key",
      pushkey_ts: 1_700_000_000,
      data: { format: "event_id_only", default_payload: { a: 1, b: 2 } },
      tweaks: { sound: "ring" },
    };
    expect(pushers.posted).to.deep.equal([
      ["https://gateway/", { notification: { event_id: "$e", devices: [device] } }],
    ]);
    expect([content.devices, data.default_payload]).to.deep.equal([["overwritten"], { a: 1, b: 1 }]);
  });

  it("case 488: Pushers reports per device whether the gateway answered and rejected nothing, and never throws", async () => {
    const pushers = new SmallPushers([
      pusher("good"),
      pusher("rejected", "https://reject/"),
      pusher("down", "https://down/"),
      pusher(null),
    ]);
    expect(await pushers.sendHttpPushNotification("@a:server", null, {})).to.deep.equal({
      good: true,
      rejected: false,
      down: false,
    });
    expect([pushers.posted.length, pushers.errors]).to.deep.equal([4, [["https://down/", "down"]]]);
  });

  it("Pushers can notify a single device, and notifies none for an unknown user", async () => {
    const pushers = new SmallPushers([pusher("one"), pusher("two"), pusher(null)]);
    expect(await pushers.sendHttpPushNotification("@a:server", "two", {})).to.deep.equal({ two: true });
    expect(await pushers.sendHttpPushNotification("@x:server", null, {})).to.deep.equal({});
    expect(pushers.posted).to.have.lengthOf(1);
  });
});
