import {
  AccountDataStore,
  Auth,
  Codes,
  Database,
  inject,
  Mailer,
  MatrixError,
  LigandError,
  Module,
  Presence,
  Profiles,
  PublicRooms,
  Pushers,
  PushRules,
  Registration,
  Rooms,
  Server,
  StateMap,
  RoomEvent,
  RoomAlias,
  Users,
  WebResource,
  type UserId,
} from "#src/index.js";

/** Calls any method of any service for who asks it over HTTP. */
@Module()
export class ServiceCaller {
  readonly #services: Readonly<Record<string, object>>;

  constructor(
    @inject(Server) server: Server,
    @inject(Users) users: Users,
    @inject(Profiles) profiles: Profiles,
    @inject(Registration) registration: Registration,
    @inject(Auth) private readonly auth: Auth,
    @inject(Rooms) rooms: Rooms,
    @inject(PublicRooms) publicRooms: PublicRooms,
    @inject(AccountDataStore) accountData: AccountDataStore,
    @inject(Presence) presence: Presence,
    @inject(PushRules) pushRules: PushRules,
    @inject(Pushers) pushers: Pushers,
    @inject(Mailer) mailer: Mailer,
  ) {
    this.#services = {
      Server: server,
      Users: users,
      Profiles: profiles,
      Registration: registration,
      Auth: auth,
      Rooms: rooms,
      PublicRooms: publicRooms,
      AccountDataStore: accountData,
      Presence: presence,
      PushRules: pushRules,
      Pushers: pushers,
      Mailer: mailer,
    };
  }

  @WebResource("/_synapse/client/call")
  async call(request: Request): Promise<Response> {
    const { service, method, args } = (await request.json()) as { service: string; method: string; args: unknown[] };
    const callee = this.#services[service] as Record<string, (...args: unknown[]) => unknown>;
    try {
      const result = await callee[method]!(...args.map((arg) => (isEntries(arg) ? new Map(arg.entries) : arg)));
      return Response.json({ result: readable(result) ?? null });
    } catch (error) {
      if (error instanceof LigandError) return Response.json({ code: error.code, message: error.message });
      throw error;
    }
  }

  @WebResource("/_synapse/client/whoami")
  async whoAmI(request: Request): Promise<Response> {
    const { user, deviceId, isGuest } = await this.auth.getUserByReq(request);
    const headers = new Headers([
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2; Path=/"],
      ["x-example", "yes"],
    ]);
    return Response.json({ user: user.toString(), hasDevice: deviceId !== null, isGuest }, { status: 201, headers });
  }

  @WebResource("/_synapse/client/echo")
  async echo(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (search === "?fail") throw new MatrixError(402, "pay", Codes.LIMIT_EXCEEDED, { fields: { price: 3 } });
    if (search === "?never") await new Promise(() => {});
    return new Response(await request.arrayBuffer(), {
      headers: { "x-path": pathname + search, "x-method": request.method },
    });
  }

  @WebResource("/_synapse/client/sso")
  sso(request: Request): Promise<Response> {
    const userId = new URL(request.url).searchParams.get("user") as UserId;
    return this.auth.completeSsoLogin(userId, request, "https://client.example/back?x=1");
  }
}

/** Asks for what Synapse cannot lend. */
@Module()
export class WantsDatabase {
  constructor(@inject(Database) private readonly database: Database) {}

  @WebResource("/_synapse/client/rows")
  async rows(): Promise<Response> {
    await this.database.runInteraction("make", async (txn) => {
      await txn.query("CREATE TABLE IF NOT EXISTS things (name text)");
      await txn.query("INSERT INTO things VALUES ($1)", ["one"]);
    });
    const { rows } = await this.database.runInteraction("read", (txn) => txn.query("SELECT name FROM things"));
    return Response.json(rows);
  }
}

function isEntries(arg: unknown): arg is { entries: [unknown, unknown][] } {
  return typeof arg === "object" && arg !== null && Object.hasOwn(arg, "entries");
}

/** Values that JSON would show as nothing. */
function readable(value: unknown): unknown {
  if (value instanceof StateMap) return Array.from(value, ([type, key, event]) => [type, key, readable(event)]);
  if (value instanceof RoomEvent) return value.getDict();
  if (value instanceof RoomAlias) return value.toString();
  if (Array.isArray(value)) return value.map(readable);
  return value;
}
