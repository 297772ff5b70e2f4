import { expect } from "chai";
import type { DeviceId, UserId } from "#src/matrix/identifiers.js";
import type { MatrixError } from "#src/matrix/matrix-error.js";
import type { Requester } from "#src/matrix/records.js";
import { Auth, type Session } from "#src/services/auth.js";
import { failureOf } from "../failure-of.js";

const unused = () => expect.fail("not part of this test");

class SmallAuth extends Auth {
  readonly done: string[] = [];

  protected async findSession(accessToken: string): Promise<Session | null> {
    if (!accessToken.startsWith("t")) return null;
    const userId: UserId = accessToken.includes("old") ? "@old:server" : "@a:server";
    const requester = {
      userId,
      isGuest: accessToken.includes("guest"),
      deviceId: accessToken.includes("device") ? "D" : null,
      appServiceId: accessToken.includes("bridge") ? "bridge" : null,
    } as Requester;
    return { requester, isLocked: accessToken.includes("locked"), isTokenExpired: accessToken.includes("expired") };
  }
  protected async isUserExpired(userId: UserId): Promise<boolean> {
    return userId === "@old:server";
  }
  protected async recordConnection(requester: Requester): Promise<void> {
    this.done.push(`seen ${requester.userId}`);
  }
  protected async deleteDevice(userId: UserId, deviceId: DeviceId): Promise<void> {
    this.done.push(`deleted device ${deviceId} of ${userId}`);
  }
  protected async deleteAccessToken(accessToken: string): Promise<void> {
    this.done.push(`deleted ${accessToken}`);
  }
  createLoginToken = unused;
  completeSsoLogin = unused;
}

describe("Auth", () => {
  const withHeader = (authorization: string) => new Request("http://server/x", { headers: { authorization } });
  const withToken = (token: string) => withHeader(`Bearer ${token}`);

  it("case 478: Auth finds the token in the header, then in the query, and records the connection", async () => {
    const auth = new SmallAuth();
    expect((await auth.getUserByReq(withToken("t"))).userId).to.equal("@a:server");
    expect((await auth.getUserByReq(new Request("http://server/x?access_token=t"))).userId).to.equal("@a:server");
    expect(auth.done).to.deep.equal(["seen @a:server", "seen @a:server"]);
  });

  const refused: [string, Request, number, object][] = [
    ["no token", new Request("http://server/x"), 401, { errcode: "M_MISSING_TOKEN" }],
    ["a header of another kind", withHeader("Basic abc"), 401, { errcode: "M_MISSING_TOKEN" }],
    ["an unknown token", withToken("unknown"), 401, { errcode: "M_UNKNOWN_TOKEN" }],
    ["a token that has expired", withToken("t-expired"), 401, { errcode: "M_UNKNOWN_TOKEN", soft_logout: true }],
    ["a locked account", withToken("t-locked"), 401, { errcode: "M_USER_LOCKED", soft_logout: true }],
    ["an expired account", withToken("t-old"), 403, { errcode: "ORG_MATRIX_EXPIRED_ACCOUNT" }],
    ["a guest", withToken("t-guest"), 403, { errcode: "M_GUEST_ACCESS_FORBIDDEN" }],
  ];
  for (const [what, request, status, body] of refused) {
    it(`case 478: Auth refuses ${what}`, async () => {
      const auth = new SmallAuth();
      const error = (await failureOf(auth.getUserByReq(request))) as MatrixError;
      const { error: _, ...rest } = error.body();
      expect([error.status, rest, auth.done]).to.deep.equal([status, body, []]);
    });
  }

  it("Auth doesn't ask whether an account of an application service has expired", async () => {
    const auth = new SmallAuth();
    expect((await auth.getUserByReq(withToken("t-old-bridge"))).userId).to.equal("@old:server");
  });

  it("Auth accepts guests and expired accounts where they are allowed", async () => {
    const auth = new SmallAuth();
    await auth.getUserByReq(withToken("t-guest"), { allowGuest: true });
    await auth.getUserByReq(withToken("t-old"), { allowExpired: true });
    expect(auth.done).to.deep.equal(["seen @a:server", "seen @old:server"]);
  });

  it("case 477: Auth ends the device of a token, or the token alone", async () => {
    const auth = new SmallAuth();
    await auth.invalidateAccessToken("t-device");
    await auth.invalidateAccessToken("t");
    expect(auth.done).to.deep.equal(["deleted device D of @a:server", "deleted t"]);
    expect(await failureOf(auth.invalidateAccessToken("unknown"))).to.include({
      status: 401,
      errcode: "M_UNKNOWN_TOKEN",
    });
  });
});
