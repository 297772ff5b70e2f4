import { expect } from "chai";
import { Container, type ContainerModule } from "inversify";
import { bindServices } from "#src/container/bind-services.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { createLogger } from "#src/logging/create-logger.js";
import { bindService } from "#src/services/bind-service.js";
import { Caches } from "#src/services/caches.js";
import { Clock } from "#src/services/clock.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { Database } from "#src/services/database.js";
import { defaultServices } from "#src/default-services/default-services.js";
import { HttpClient } from "#src/services/http-client.js";
import { Mailer } from "#src/services/mailer.js";
import { Scheduler } from "#src/services/scheduler.js";
import { Server } from "#src/services/server.js";
import { SERVICES } from "#src/services/services.js";
import { Templates } from "#src/services/templates.js";
import { capturedLog } from "./captured-log.js";
import { ManualClock } from "../default-services/manual-clock.js";
import { refusalOf } from "../refusal-of.js";
import { failureOf } from "../failure-of.js";

function containerOf(...modules: ContainerModule[]): Container {
  const container = new Container();
  container.load(...modules);
  return container;
}

describe("bindService", () => {
  it("bindService offers the service that is given", () => {
    const server = new ConfiguredServer({ serverName: "example.org" });
    expect(containerOf(bindService(Server, server)).get(Server)).to.equal(server);
  });

  it("bindService makes a service once, when it is first asked for, from other services", () => {
    let made = 0;
    const container = containerOf(
      bindService(Server, new ConfiguredServer({ serverName: "example.org" })),
      bindService(Clock, (services) => {
        made++;
        return new ManualClock(services.get(Server).serverName.length + (services.find(Mailer) ? 1000 : 0));
      }),
    );
    expect(made).to.equal(0);
    expect([container.get(Clock).nowMs(), container.get(Clock).nowMs(), made]).to.deep.equal([11, 11, 1]);
  });

  it("bindService stops a service that was in use, and only such a one", async () => {
    const stopped: string[] = [];
    const container = containerOf(
      bindService(Clock, () => new ManualClock(), { stop: () => void stopped.push("clock") }),
      bindService(Server, () => new ConfiguredServer({ serverName: "a" }), { stop: () => void stopped.push("server") }),
    );
    container.get(Clock);
    await container.unbindAllAsync();
    expect(stopped).to.deep.equal(["clock"]);
  });

  it("bindService refuses a class, and says how to make an instance of it", () => {
    expect(refusalOf(() => bindService(Clock, ManualClock as never))).to.deep.equal({
      code: "LIGAND_ARGUMENT_INVALID",
      message: "bindService(Clock, …) was given the class ManualClock; expected an instance of it",
      remedy: "Write `new ManualClock(…)`, or a function that makes it: `() => new ManualClock(…)`.",
    });
  });

  it("bindService refuses a promise, and a function that returns a promise or no service", () => {
    const remedy = "Pass a value of the kind that the message names.";
    const made = (source: unknown) => refusalOf(() => containerOf(bindService(Clock, source as never)).get(Clock));
    const found = (what: string) => ({
      code: "LIGAND_ARGUMENT_INVALID",
      message: `the function of bindService(Clock, …) must return the service, not a promise, but got ${what}`,
      remedy,
    });
    expect([made(async () => new ManualClock()), made(() => 5), made(() => undefined)]).to.deep.equal([
      found("a promise"),
      found("5"),
      found("undefined"),
    ]);
    expect(made(Promise.resolve(new ManualClock()))).to.deep.equal({
      code: "LIGAND_ARGUMENT_INVALID",
      message: "bindService(Clock, …) needs the service or a function that makes it, but got a promise",
      remedy,
    });
  });

  it("bindService reports services that need each other in a circle, instead of recursing forever", () => {
    const container = containerOf(
      bindService(Caches, (services) => services.get(Clock) as never),
      bindService(Clock, (services) => services.get(Mailer) as never),
      bindService(Mailer, (services) => services.find(Clock) as never),
    );
    const circle = {
      code: "LIGAND_SERVICE_FAILED",
      message: "the homeserver's services need each other in a circle: Clock → Mailer → Clock",
      remedy: "Make one of them look up the other when it needs it, not in the function that makes it.",
    };
    expect(refusalOf(() => container.get(Caches))).to.deep.equal(circle);
    // It's reported again: nothing of the first time is left.
    expect(refusalOf(() => container.get(Clock))).to.deep.equal(circle);
  });

  it("bindService names the service that asks for one which isn't offered, and the one that could not be made", () => {
    expect(
      refusalOf(() => containerOf(bindService(Clock, (services) => services.get(Mailer) as never)).get(Clock)),
    ).to.deep.equal({
      code: "LIGAND_MODULE_SERVICE_MISSING",
      message: "the service Clock needs Mailer, but this homeserver doesn't provide it",
      remedy: "Bind Mailer in `services`, or look it up with `find`, which may return undefined.",
    });
    const broken = bindService(Clock, () => {
      throw new RangeError("the spring is broken");
    });
    expect(refusalOf(() => containerOf(broken).get(Clock))).to.deep.equal({
      code: "LIGAND_SERVICE_FAILED",
      message: "couldn't make the homeserver's service Clock",
      remedy: "Read the cause.",
    });
  });

  it("bindService may not bind one service twice", async () => {
    const twice = [bindService(Clock, new ManualClock()), bindService(Clock, () => new ManualClock())];
    const error = await failureOf(bindServices(twice, { logger: createLogger() }));
    expect(error).to.be.instanceOf(LigandError);
    expect(error).to.deep.include({
      code: "LIGAND_ARGUMENT_INVALID",
      message: "`services` binds the service Clock twice",
      remedy: "Remove one of the two.",
    });
  });

  it("bindService refuses what is neither a service nor a function", () => {
    expect(() => bindService(Server, undefined as unknown as Server)).to.throw(
      LigandError,
      "bindService(Server, …) needs the service or a function that makes it, but got undefined",
    );
  });
});

describe("defaultServices", () => {
  const { logger } = capturedLog();

  it("defaultServices offers what needs no homeserver", () => {
    const services = defaultServices({ logger });
    expect(services.map(({ service }) => service)).to.have.members([Clock, Caches, HttpClient, Scheduler, Templates]);
    const container = containerOf(...services.map(({ bindings }) => bindings));
    for (const { service } of services) expect(container.get(service)).to.be.instanceOf(service);
  });

  it("defaultServices offers mail and a database when they are configured", () => {
    const services = defaultServices({
      logger,
      mail: { from: "a@b.example", host: "localhost" },
      database: { engine: "pglite" },
    });
    const container = containerOf(...services.map(({ bindings }) => bindings));
    expect([container.isBound(Mailer), container.isBound(Database)]).to.deep.equal([true, true]);
    expect([container.get(Mailer), container.get(Database)]).to.satisfy(
      ([mailer, database]: unknown[]) => mailer instanceof Mailer && database instanceof Database,
    );
  });

  it("defaultServices asks the host's own services, and shuts the scheduler down when the host stops", async () => {
    const log = capturedLog();
    const clock = new ManualClock();
    const server = new ConfiguredServer({ serverName: "example.org", workerApp: "worker" });
    const services = defaultServices({ logger: log.logger }).filter(({ service }) => service !== Clock);
    const container = containerOf(
      bindService(Clock, clock),
      bindService(Server, server),
      ...services.map(({ bindings }) => bindings),
    );
    const scheduler = container.get(Scheduler);
    scheduler.loopingBackgroundCall(() => {}, 10, { desc: "here" });
    expect(log.lines).to.deep.equal([
      "warn: The looping call here doesn't run here: this process doesn't run background tasks. " +
        "Use `runOnAllInstances` to run it in every process.",
    ]);
    scheduler.delayedBackgroundCall(10, () => {});
    await container.unbindAllAsync();
    expect(clock.pending).to.equal(0);
  });
});

describe("SERVICES", () => {
  it("SERVICES names each class by its own name", () => {
    expect(Object.entries(SERVICES).map(([name, service]) => [name, service.name])).to.deep.equal(
      Object.keys(SERVICES).map((name) => [name, name]),
    );
    expect(Object.keys(SERVICES)).to.have.lengthOf(18);
  });
});
