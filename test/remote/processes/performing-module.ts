import { Module, SpamChecker, WebResource, type RoomEvent, type Verdict } from "#src/index.js";

/** What the module does: set by a test, for its process, which is part of this one. */
export const ACTS: {
  check: (event: RoomEvent) => unknown;
  respond: (request: Request) => Response | Promise<Response>;
} = { check: () => "NOT_SPAM", respond: () => new Response() };

@Module()
export class Performing {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    return ACTS.check(event) as Verdict;
  }

  @WebResource("/_synapse/client/performing")
  respond(request: Request) {
    return ACTS.respond(request);
  }
}
