import { expect } from "chai";
import { settingsFor } from "#src/remote/homeserver-side/sent-settings.js";
import { SERVICES } from "#src/services/services.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { FakeClock } from "#src/testing/fake-clock.js";

const http = { proxy: "http://proxy", timeoutMs: 1000 };
const database = { engine: "postgres", connectionString: "postgres://modules@db/modules" } as const;
const cluster = { connectionString: "postgres://modules@db/cluster" };
const SETTINGS = {
  http: { ...http, clock: new FakeClock() },
  database: { ...database, logger: captureLogs().logger },
  cluster,
  mail: { host: "smtp", from: "modules@example.org" },
  templateDir: "/srv/templates",
};

/** What is sent of the settings to a process whose modules inject one service. */
const SENT: Readonly<Partial<Record<keyof typeof SERVICES, object>>> = {
  HttpClient: { http },
  Database: { database },
  Caches: { cluster },
  Scheduler: { cluster },
  Templates: { templateDir: "/srv/templates" },
};

describe("the settings that a process of modules receives", () => {
  for (const service of Object.keys(SERVICES) as (keyof typeof SERVICES)[]) {
    it(`a process whose modules inject ${service} receives ${SENT[service] ? "its settings and no others" : "no settings"}`, () => {
      expect(settingsFor(new Set([service]), SETTINGS)).to.deep.equal(SENT[service] ?? {});
    });
  }

  it("a process receives the settings of all services that its modules inject, as far as there are some", () => {
    const all = new Set(Object.keys(SERVICES));
    expect(settingsFor(all, SETTINGS)).to.deep.equal(Object.assign({}, ...Object.values(SENT)));
    expect(settingsFor(all, {})).to.deep.equal({});
    const pglite = { engine: "pglite", dataDir: "/srv/modules" } as const;
    expect(settingsFor(all, { database: pglite })).to.deep.equal({ database: pglite });
  });
});
