import { expect } from "chai";
import { Container, type ContainerModule } from "inversify";
import { LigandError } from "#src/errors/ligand-error.js";
import { bindService } from "#src/services/bind-service.js";
import { Caches } from "#src/services/caches.js";
import { Clock } from "#src/services/clock.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { Database } from "#src/services/database.js";
import { defaultServices } from "#src/services/default-services.js";
import { HttpClient } from "#src/services/http-client.js";
import { Mailer } from "#src/services/mailer.js";
import { Scheduler } from "#src/services/scheduler.js";
import { Server } from "#src/services/server.js";
import { SERVICES } from "#src/services/services.js";
import { Templates } from "#src/services/templates.js";
import { capturedLog } from "./captured-log.js";
import { ManualClock } from "./manual-clock.js";

function containerOf(...modules: ContainerModule[]): Container {
  const container = new Container();
  container.load(...modules);
  return container;
}

describe("bindService", () => {
  it("offers the service that is given", () => {
    const server = new ConfiguredServer({ serverName: "example.org" });
    expect(containerOf(bindService(Server, server)).get(Server)).to.equal(server);
  });

  it("makes a service once, when it is first asked for, from other services", () => {
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

  it("stops a service that was in use, and only such a one", async () => {
    const stopped: string[] = [];
    const container = containerOf(
      bindService(Clock, () => new ManualClock(), { stop: () => void stopped.push("clock") }),
      bindService(Server, () => new ConfiguredServer({ serverName: "a" }), { stop: () => void stopped.push("server") }),
    );
    container.get(Clock);
    await container.unbindAllAsync();
    expect(stopped).to.deep.equal(["clock"]);
  });

  it("refuses what is neither a service nor a function", () => {
    expect(() => bindService(Server, undefined as unknown as Server)).to.throw(
      LigandError,
      "bindService(Server, …) expects the service or a function that makes it, found undefined",
    );
  });
});

describe("defaultServices", () => {
  const { logger } = capturedLog();

  it("offers what needs no homeserver", () => {
    const services = defaultServices({ logger });
    expect(services.map(({ service }) => service)).to.have.members([Clock, Caches, HttpClient, Scheduler, Templates]);
    const container = containerOf(...services.map(({ bindings }) => bindings));
    for (const { service } of services) expect(container.get(service)).to.be.instanceOf(service);
  });

  it("offers mail and a database when they are configured", () => {
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

  it("asks the host's own services, and shuts the scheduler down when the host stops", async () => {
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
      "warn: The looping call here does not run here: this process does not run background tasks. " +
        "Use `runOnAllInstances` to run it on every process.",
    ]);
    scheduler.delayedBackgroundCall(10, () => {});
    await container.unbindAllAsync();
    expect(clock.pending).to.equal(0);
  });
});

describe("SERVICES", () => {
  it("names each class by its own name", () => {
    expect(Object.entries(SERVICES).map(([name, service]) => [name, service.name])).to.deep.equal(
      Object.keys(SERVICES).map((name) => [name, name]),
    );
    expect(Object.keys(SERVICES)).to.have.lengthOf(18);
  });
});
