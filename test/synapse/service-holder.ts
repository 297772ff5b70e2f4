import {
  AccountDataStore,
  inject,
  Module,
  Presence,
  PushRules,
  Rooms,
  Scheduler,
  Server,
  WebResource,
} from "#src/index.js";

/** Services of a Synapse, as a module beside it has them. */
export interface HeldServices {
  readonly accountData: AccountDataStore;
  readonly presence: Presence;
  readonly pushRules: PushRules;
  readonly rooms: Rooms;
  readonly scheduler: Scheduler;
  readonly server: Server;
}

let held: HeldServices | undefined;

/** Lends its services to a test in the same process. */
@Module()
export class ServiceHolder {
  constructor(
    @inject(AccountDataStore) accountData: AccountDataStore,
    @inject(Presence) presence: Presence,
    @inject(PushRules) pushRules: PushRules,
    @inject(Rooms) rooms: Rooms,
    @inject(Scheduler) scheduler: Scheduler,
    @inject(Server) server: Server,
  ) {
    held = { accountData, presence, pushRules, rooms, scheduler, server };
  }

  @WebResource("/_synapse/client/held")
  held(request: Request): Response {
    return Response.json({ path: new URL(request.url).pathname });
  }
}

/** The services of the Synapse that connected last. */
export function services(): HeldServices {
  if (!held) throw new Error("no Synapse has connected to a ServiceHolder");
  return held;
}
