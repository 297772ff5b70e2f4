import { expect } from "chai";
import { SERVICES, type ServiceName } from "#src/services/services.js";
import type { ServiceMethod } from "#src/services/service-declaration.js";
import { acts } from "#src/services/acting-services.js";
import { standIn, stoppedBy } from "#src/operate/stand-in.js";
import { failureOf } from "../failure-of.js";

/** An object with every method of a service, which notes the calls. It's no real service. */
function fakeService(name: ServiceName) {
  const called: unknown[] = [];
  const methods = Object.keys(SERVICES[name].declaration.methods).map((method) => [
    method,
    (...args: unknown[]) => (called.push([method, ...args]), `result of ${method}`),
  ]);
  return { called, service: Object.fromEntries(methods) as Record<string, (...args: unknown[]) => unknown> };
}

/** A stand-in for a fake service, and what it logged. */
function standInFor(name: ServiceName) {
  const { called, service } = fakeService(name);
  const lines: string[] = [];
  const stand = standIn(name, service, { info: (message) => lines.push(message) });
  return { stand, called, lines };
}

describe("services of modules in shadow", () => {
  for (const name of Object.keys(SERVICES) as ServiceName[]) {
    const methods = SERVICES[name].declaration.methods as Readonly<Record<string, ServiceMethod>>;
    for (const [method, { does, returns }] of Object.entries(methods)) {
      const fate = does !== "acts" ? "is the real one's" : returns === "nothing" ? "does nothing" : "ends the call";
      it(`in shadow, ${name}.${method} ${fate}`, async () => {
        const { stand, called, lines } = standInFor(name);
        const outcome = await Promise.resolve(stand[method]!("argument")).catch((error: Error) => stoppedBy(error));
        const expected = {
          "is the real one's": { outcome: `result of ${method}`, called: [[method, "argument"]], lines: [] },
          "does nothing": {
            outcome: undefined,
            called: [],
            lines: [`in shadow: ${name}.${method} would have been called`],
          },
          "ends the call": {
            outcome: `${name}.${method}`,
            called: [],
            lines: [`in shadow: ${name}.${method} would have been called`],
          },
        }[fate];
        expect({ outcome, called, lines }).to.deep.equal(expected);
      });
    }
  }

  it("the services that act are these", () => {
    expect((Object.keys(SERVICES) as ServiceName[]).filter((name) => !acts(name))).to.deep.equal([
      "Server",
      "Templates",
      "Database",
      "Caches",
      "Scheduler",
      "Clock",
    ]);
  });

  it("a method that a homeserver added to a service isn't called in shadow, and values are the real ones", async () => {
    const { service } = fakeService("Rooms");
    const added = Object.assign(service, { purgeEverything: () => "gone", version: 3 });
    const stand = standIn("Rooms", added, { info: () => undefined });
    const error = await failureOf(Promise.resolve(stand.purgeEverything()));
    expect([stand.version, stoppedBy(error as Error), String(stand)]).to.deep.equal([
      3,
      "Rooms.purgeEverything",
      "[object Object]",
    ]);
  });

  it("an error that was caused by a stop is one, and others aren't", async () => {
    const { stand } = standInFor("Rooms");
    const stop = await failureOf(Promise.resolve(stand["createRoom"]!()));
    expect([stoppedBy(new Error("no room", { cause: stop })), stoppedBy(new Error("no room"))]).to.deep.equal([
      "Rooms.createRoom",
      undefined,
    ]);
  });
});
