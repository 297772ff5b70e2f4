import {
  AccountDataStore,
  inject,
  Module,
  Presence,
  PushRules,
  Rooms,
  Scheduler,
  Server,
  Users,
  WebResource,
} from "#src/index.js";

let last: ServiceHolder | undefined;

/** Keeps the services of the Synapse that it runs beside for a test in the same process. */
@Module()
export class ServiceHolder {
  constructor(
    @inject(AccountDataStore) readonly accountData: AccountDataStore,
    @inject(Presence) readonly presence: Presence,
    @inject(PushRules) readonly pushRules: PushRules,
    @inject(Rooms) readonly rooms: Rooms,
    @inject(Scheduler) readonly scheduler: Scheduler,
    @inject(Server) readonly server: Server,
    @inject(Users) readonly users: Users,
  ) {
    last = this;
  }

  @WebResource("/_synapse/client/held")
  held(request: Request): Response {
    return Response.json({ path: new URL(request.url).pathname });
  }
}

/** The services of the Synapse that was started last, once it is connected. */
export function services(): ServiceHolder {
  if (!last) throw new Error("no Synapse has connected to a ServiceHolder");
  return last;
}
