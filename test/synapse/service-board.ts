import {
  AccountDataStore,
  Auth,
  inject,
  Module,
  postConstruct,
  Presence,
  Profiles,
  PublicRooms,
  Pushers,
  PushRules,
  Registration,
  Rooms,
  Scheduler,
  Server,
  Users,
  WebResource,
} from "#src/index.js";

let board: ServiceBoard | undefined;

/** The services of the Synapse that was connected last. */
export function services(): ServiceBoard {
  if (!board) throw new Error("no Synapse is connected to the modules of this process");
  return board;
}

/** Lends a test in the same process its services. */
@Module()
export class ServiceBoard {
  constructor(
    @inject(AccountDataStore) readonly accountData: AccountDataStore,
    @inject(Presence) readonly presence: Presence,
    @inject(PushRules) readonly pushRules: PushRules,
    @inject(Scheduler) readonly scheduler: Scheduler,
    @inject(Server) readonly server: Server,
    @inject(Users) readonly users: Users,
    @inject(Profiles) readonly profiles: Profiles,
    @inject(Registration) readonly registration: Registration,
    @inject(Auth) readonly auth: Auth,
    @inject(Rooms) readonly rooms: Rooms,
    @inject(PublicRooms) readonly publicRooms: PublicRooms,
    @inject(Pushers) readonly pushers: Pushers,
  ) {}

  @postConstruct()
  lend(): void {
    // oxlint-disable-next-line typescript/no-this-alias -- the module is what is lent
    board = this;
  }

  @WebResource("/_synapse/client/board")
  echo(request: Request): Response {
    return Response.json({ path: new URL(request.url).pathname });
  }
}
