import { expect } from "chai";
import type { UserId } from "#src/matrix/identifiers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { Registration, type NewUser, type RegisteredDevice } from "#src/services/registration.js";
import { failureOf } from "../failure-of.js";
import { capturedLog } from "./captured-log.js";
import { server } from "./small-services.js";

const unused = () => expect.fail("not part of this test");

class SmallRegistration extends Registration {
  protected readonly server = server;
  readonly log = capturedLog();
  protected readonly logger = this.log.logger;

  constructor(protected override readonly allowUnderscore = false) {
    super();
  }
  async registerUser(localpart: string, options: NewUser = {}): Promise<UserId> {
    return server.getQualifiedUserId(`${localpart}${options.admin ? "-admin" : ""}`);
  }
  async registerDevice(userId: UserId): Promise<RegisteredDevice> {
    return { deviceId: "D", accessToken: `token of ${userId}`, validUntilMs: null, refreshToken: null };
  }
  protected async isReserved(userId: UserId): Promise<boolean> {
    return userId.startsWith("@irc");
  }
  protected async isTaken(userId: UserId): Promise<boolean> {
    return userId === "@bob:server";
  }
  recordUserExternalId = unused;
}

describe("Registration", () => {
  for (const name of ["alice", "a.b-c=d_e/f+1", "1a", "x".repeat(255 - "@:server".length)]) {
    it(`case 470: Registration accepts the user name ${name.slice(0, 20)}`, async () => {
      expect(await new SmallRegistration().checkUsername(name)).to.equal(undefined);
    });
  }

  const refused: [string, string, string][] = [
    ["", "M_INVALID_USERNAME", "The user name is empty"],
    ["Alice", "M_INVALID_USERNAME", "User names may only contain the characters a-z, 0-9 and ._=-/+"],
    ["a:b", "M_INVALID_USERNAME", "User names may only contain the characters a-z, 0-9 and ._=-/+"],
    ["a\n", "M_INVALID_USERNAME", "User names may only contain the characters a-z, 0-9 and ._=-/+"],
    ["_a", "M_INVALID_USERNAME", "User names may not start with _"],
    ["123", "M_INVALID_USERNAME", "Numeric user names are reserved for guests"],
    ["x".repeat(256 - "@:server".length), "M_INVALID_USERNAME", "User ids may not be longer than 255 characters"],
    ["irc_bob", "M_EXCLUSIVE", "The user name is reserved"],
    ["bob", "M_USER_IN_USE", "The user name is taken"],
  ];
  for (const [name, errcode, message] of refused) {
    it(`case 470: Registration refuses the user name ${JSON.stringify(name).slice(0, 20)}`, async () => {
      const error = await failureOf(new SmallRegistration().checkUsername(name));
      expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 400, errcode, message });
    });
  }

  it("Registration accepts a leading underscore where the homeserver allows it", async () => {
    expect(await new SmallRegistration(true).checkUsername("_a")).to.equal(undefined);
  });

  it("case 473: Registration registers an account with a throw-away device, and says that this is deprecated", async () => {
    const registration = new SmallRegistration();
    // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
    expect(await registration.register("new", { admin: true })).to.deep.equal({
      userId: "@new-admin:server",
      accessToken: "token of @new-admin:server",
    });
    expect(registration.log.lines).to.deep.equal([
      "warn: Registration.register() is deprecated; call registerUser() and registerDevice()",
    ]);
  });
});
