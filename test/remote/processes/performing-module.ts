import { IsString } from "class-validator";
import {
  BackgroundUpdates,
  inject,
  Module,
  ModuleConfig,
  NOT_SPAM,
  postConstruct,
  preDestroy,
  Profiles,
  SpamChecker,
  WebResource,
  type BackgroundUpdateSlot,
  type RoomEvent,
  type Verdict,
} from "#src/index.js";

interface Acts {
  start: (does: string) => unknown;
  stop: (does: string) => unknown;
  check: (event: RoomEvent, does: string) => unknown;
  respond: (request: Request) => Response | Promise<Response>;
  /** @param by what it's called for */
  act: (profiles: Profiles, by: string) => unknown;
  pace: (updateName: string) => BackgroundUpdateSlot;
}

export const NO_ACTS: Acts = {
  start: () => undefined,
  stop: () => undefined,
  check: () => NOT_SPAM,
  respond: () => new Response(),
  act: () => undefined,
  pace: () => ({ enter: async () => 100, exit: async () => {} }),
};

/** What the modules do: set by a test, for processes that are part of this one. */
export const ACTS: Acts = { ...NO_ACTS };

class PerformingConfig {
  /** Passed to what the module does. */
  @IsString() does = "nothing";
}

@Module({ config: PerformingConfig })
export class Performing {
  constructor(@inject(ModuleConfig) private readonly config: PerformingConfig) {}

  @postConstruct()
  async start() {
    await ACTS.start(this.config.does);
  }

  @preDestroy()
  async stop() {
    await ACTS.stop(this.config.does);
  }

  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    return ACTS.check(event, this.config.does) as Verdict;
  }

  @WebResource("/_synapse/client/performing")
  respond(request: Request) {
    return ACTS.respond(request);
  }
}

/** Acts by a service whatever it's called for. */
@Module()
export class Acting {
  constructor(@inject(Profiles) private readonly profiles: Profiles) {}

  @postConstruct()
  async start() {
    await ACTS.act(this.profiles, "start");
  }

  @SpamChecker.checkEventForSpam()
  async check({ roomId }: RoomEvent): Promise<Verdict> {
    await ACTS.act(this.profiles, roomId);
    return NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  async invite(): Promise<Verdict> {
    await ACTS.act(this.profiles, "invite");
    return NOT_SPAM;
  }
}

@Module()
export class Pacing {
  @BackgroundUpdates.onUpdate()
  pace(updateName: string) {
    return ACTS.pace(updateName);
  }
}

@Module({ reload: "stop-first" })
export class Alone extends Performing {}
