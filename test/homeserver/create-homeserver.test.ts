import { expect } from "chai";
import {
  Codes,
  ConfiguredServer,
  FetchHttpClient,
  inject,
  Module,
  postConstruct,
  prepareModules,
  Registration,
  SpamChecker,
  SystemClock,
  type MatrixError,
  type PreparedModules,
} from "#src/index.js";
import {
  asServer,
  createHomeserver,
  createInMemoryStorage,
  homeserverBindings,
  type Homeserver,
} from "#src/homeserver.js";
import { captureLogs, FakeRemoteServers, InMemoryMailer } from "#src/testing.js";

const ALICE = "@alice:example.org";

/** Hides every user from searches. */
@Module()
class HidesUsers {
  @SpamChecker.checkUsernameForSpam()
  hide() {
    return true;
  }
}

/** Has a user of its own. */
@Module()
class Robot {
  constructor(@inject(Registration) private readonly registration: Registration) {}

  @postConstruct()
  register() {
    return this.registration.registerUser("robot");
  }
}

function homeserverOf(modules: PreparedModules, settings = {}): Homeserver {
  const clock = new SystemClock();
  const server = new ConfiguredServer({ serverName: "example.org" });
  return createHomeserver({
    storage: createInMemoryStorage(),
    server,
    clock,
    logger: captureLogs().logger,
    mailer: new InMemoryMailer(server),
    httpClient: new FetchHttpClient({ clock }),
    remote: new FakeRemoteServers(),
    hooks: modules.hooks,
    settings,
  });
}

describe("createHomeserver", () => {
  it("createHomeserver answers requests before its modules start, and calls their hooks once they have", async () => {
    const modules = prepareModules({ modules: [{ module: HidesUsers }] });
    const homeserver = homeserverOf(modules);
    const found = async () =>
      (await homeserver.userDirectory.search(asServer("example.org", "@bob:example.org"), "alice")).results;

    await homeserver.accounts.create({ localpart: "alice" });
    expect(await found()).to.deep.equal([{ user_id: ALICE, display_name: "alice", avatar_url: null }]);

    await using _ = await modules.start({ services: homeserverBindings(homeserver) });
    expect(await found()).to.deep.equal([]);
  });

  it("createHomeserver runs its own pipelines when modules use its services", async () => {
    const modules = prepareModules({ modules: [{ module: Robot }] });
    const homeserver = homeserverOf(modules);
    await using _ = await modules.start({ services: homeserverBindings(homeserver) });
    expect(await homeserver.accountStatuses.of("@robot:example.org")).to.deep.equal({
      exists: true,
      deactivated: false,
    });
  });

  it("createHomeserver applies the rules of user names to accounts that services and clients create", async () => {
    const homeserver = homeserverOf(prepareModules({}), { serverNoticesUser: "@notices:example.org" });
    await homeserver.accounts.create({ localpart: "alice" });
    const refusalOf = (localpart: string) =>
      Promise.all(
        [homeserver.accounts.create({ localpart }), homeserver.services.registration.checkUsername(localpart)].map(
          (asked) => asked.catch((error: unknown) => (error as MatrixError).errcode),
        ),
      );
    expect(await refusalOf("alice")).to.deep.equal([Codes.USER_IN_USE, Codes.USER_IN_USE]);
    expect(await refusalOf("notices")).to.deep.equal([Codes.EXCLUSIVE, Codes.EXCLUSIVE]);
    expect(await refusalOf("Al ice")).to.deep.equal([Codes.INVALID_USERNAME, Codes.INVALID_USERNAME]);
  });

  it("createHomeserver refuses unknown settings", () => {
    expect(() => homeserverOf(prepareModules({}), { passwordLogn: false })).to.throw(
      "the settings of the homeserver: unknown option `passwordLogn`; did you mean `passwordLogin`?",
    );
  });
});
