import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { expect } from "chai";
import type { Newable } from "inversify";
import type { Logger } from "winston";
import {
  createLogger,
  remoteHost,
  startIsolated,
  startModules,
  type Host,
  type Observer,
  type RemoteHost,
  type StartError,
} from "#src/index.js";
import { testModule } from "#src/testing.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { LOG_FORMATS } from "#src/logging/log-levels.js";
import { freePort } from "../free-port.js";
import { memberAsking, samplesOf } from "../catalogue/sampled-hooks.js";
import { HOOKS } from "../faults/faulty-modules.js";
import { serveProcess } from "../cli/served-process.js";
import { outcomeOf, serverBinding, unixAddress } from "../remote/served.js";
import type { Callback } from "../dispatch/start-category.js";
import { until } from "../until.js";
import { Pouring, WAYS } from "./pouring-module.js";
import { MARK, SPILLS } from "./spills.js";

const folder = mkdtempSync(join(tmpdir(), "ligand-pour-"));
const services = [serverBinding()];

/** Everything that is shown of what happens: logs in each format, what observers receive, metrics, health. */
class Shown {
  readonly texts: string[] = [];

  /** A logger that writes in each format. */
  logger(): Logger {
    const [first, ...others] = LOG_FORMATS.map((format) =>
      createLogger({
        format,
        level: "debug",
        stream: new Writable({ write: (line, _, done) => (this.add(String(line)), done()) }),
      }),
    );
    for (const other of others) {
      first!.on("data", (info: { level: string; message: string }) => other.log(info));
    }
    return first!;
  }

  observer(): Observer {
    return (observation) => {
      const { answer, ...others } = observation;
      // An observer is part of the homeserver, which receives the answer as well.
      this.add(inspect(others, { depth: 9, showHidden: true }));
    };
  }

  add(text: string): void {
    this.texts.push(text);
  }

  /** What shows a secret. */
  get leaks(): string[] {
    return this.texts.flatMap((text) =>
      Array.from(text.matchAll(new RegExp(`.{0,200}${MARK}.{0,40}`, "g")), ([found]) => found),
    );
  }
}

/** The arguments of a hook, with a marked secret for each that the catalogue declares to be one. */
function argumentsOf(key: string): unknown[] {
  const { hook } = HOOKS.get(key)!;
  const [property, name] = key.split(".");
  const args = samplesOf(property!, name!)!.args as readonly unknown[];
  const parameters = hook.parameters as readonly Parameter[];
  return args.map((value, index) => {
    if (parameters[index]?.privacy !== "secret") return value;
    return typeof value === "string"
      ? `${MARK}argument`
      : Object.fromEntries(Object.keys(value as object).map((field) => [field, `${MARK}${field}`]));
  });
}

/**
 * Pours ways into each hook, in one string each, in turn; and each way into a web resource.
 *
 * @param isServed whether what the host's hooks throw must show no secret, too
 * @param ways how many of `WAYS` each hook has; over all hooks each has its turn
 */
async function pourAll(
  host: Host | RemoteHost,
  shown: Shown,
  ways: number = WAYS.length,
  isServed = false,
): Promise<void> {
  const { hooks } = host;
  const spills = Object.keys(SPILLS);
  let count = 0;
  const next = (): [way: string, spill: string] => {
    count++;
    // Neither number divides the other: each way meets each string.
    return [WAYS[count % WAYS.length]!, spills[count % spills.length]!];
  };
  for (const key of HOOKS.keys()) {
    const [property, name] = key.split(".") as [keyof typeof hooks, string];
    const methods = hooks[property] as unknown as Record<string, Callback>;
    const method = methods[memberAsking(property, name)]!;
    for (let turn = 0; turn < ways; turn++) {
      const outcome = await outcomeOf(() => method(...argumentsOf(key), { requestId: [key, ...next()].join("/") }));
      // Synapse logs what it receives in its own way, if it isn't for a client. Here, the homeserver's own log redacts it.
      if (isServed && "error" in outcome && !(outcome.error instanceof MatrixError))
        shown.add(inspect(outcome.error, { depth: 9, showHidden: true }));
    }
  }
  for (const way of WAYS) {
    const url = `https://example.org/_synapse/client/pouring?way=${way}&spill=${next()[1]}`;
    const response = await host.fetch(new Request(url), { requestId: "web" });
    shown.add(await response!.text());
  }
}

/** A file that lists the module. @param config beside the vault */
function configFile(name: string, config: object = {}): string {
  writeFileSync(join(folder, "vault"), `${MARK}vault\n`);
  const module = `${new URL("./pouring-module.js", import.meta.url).pathname}#Pouring`;
  writeFileSync(
    join(folder, name),
    JSON.stringify({ modules: [{ module, config: { vault_path: "vault", ...config } }] }),
  );
  return join(folder, name);
}

/** How many lines about a callback there must be at least, so that nothing passes because nothing was poured. */
function expectPoured(shown: Shown): void {
  expect(shown.leaks.slice(0, 20).join("\n")).to.equal("");
  expect(shown.texts.filter((text) => text.includes("[redacted]")).length).to.be.above(HOOKS.size);
}

describe("secrets that modules throw, answer and log", () => {
  it("secrets are among the arguments that the catalogue declares", () => {
    const poured = [...HOOKS.keys()].filter((key) => JSON.stringify(argumentsOf(key)).includes(MARK));
    expect(poured).to.include.members([
      "passwordAuth.check3pidAuth",
      "passwordAuth.onLoggedOut",
      "passwordAuth.authChecker",
    ]);
  });

  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("secrets are in no log, observation or metric of the homeserver's own process", async () => {
    const shown = new Shown();
    await using host = await startModules({
      configFile: configFile("own.yaml", { at: "every" }),
      services,
      logger: shown.logger(),
      observer: shown.observer(),
    });
    await pourAll(host, shown);
    await until(() => shown.texts.some((text) => text.includes(".tick failed")));
    shown.add(host.metrics());
    await host.stop();
    expectPoured(shown);
  });

  it("secrets are in no log of the test kit", async () => {
    const shown = new Shown();
    await using kit = await testModule(Pouring as Newable<object>, { vault: `${MARK}vault`, at: "every" });
    await pourAll(kit.host, shown);
    await kit.clock.advance(20);
    await kit.stop();
    for (const record of kit.logs) shown.add(inspect(record, { depth: 9 }));
    expect(shown.texts.some((text) => text.includes(".tick failed"))).to.equal(true);
    expectPoured(shown);
  });

  it("secrets are in no error of the test kit when a module fails at its start", async () => {
    for (const at of ["constructor", "postConstruct"]) {
      for (const spill of Object.keys(SPILLS)) {
        const start = () => testModule(Pouring as Newable<object>, { vault: `${MARK}vault`, at, spill });
        const { error } = (await outcomeOf(start)) as { error: StartError };
        expect(error.message).to.include("[redacted]").and.not.include(MARK);
      }
    }
  });

  it("secrets are in nothing that /health of `ligand serve` says of modules that failed to start", async () => {
    const shown = new Shown();
    const [address, health] = [unixAddress(), `127.0.0.1:${await freePort()}`];
    const file = configFile("failed.yaml", { at: "constructor" });
    const served = await serveProcess(file, address, {
      args: ["--health", `tcp:${health}`, "--log-format", "pretty"],
    });
    const { error } = (await outcomeOf(() => remoteHost({ address, services }))) as { error: StartError };
    shown.add(inspect(error, { depth: 9, showHidden: true }));
    const response = await fetch(`http://${health}/health`);
    expect(response.status).to.equal(503);
    shown.add(await response.text());
    served.child.kill();
    await served.ended;
    shown.add(served.output);
    expect(shown.leaks.join("\n")).to.equal("");
    expect(shown.texts.join("")).to.include("[redacted]");
  });

  it("secrets are in no log, observation or state of an isolated process", async () => {
    const shown = new Shown();
    await using host = await startIsolated({
      configFile: configFile("isolated.yaml", { at: "preDestroy" }),
      services,
      logger: shown.logger(),
    });
    await pourAll(host, shown, 3);
    shown.add(inspect(host.health(), { depth: 9 }));
    await host.stop();
    expectPoured(shown);
  });

  for (const format of LOG_FORMATS) {
    it(`secrets are in nothing that \`ligand serve --log-decisions --log-format ${format}\` writes`, async () => {
      const shown = new Shown();
      const address = unixAddress();
      const health = `tcp:127.0.0.1:${await freePort()}`;
      const served = await serveProcess(configFile("served.yaml", { at: "preDestroy" }), address, {
        args: ["--log-decisions", "--log-level", "debug", "--log-format", format, "--health", health],
      });
      await using host = await remoteHost({ address, services });
      await pourAll(host, shown, 3, true);
      for (const path of ["/health", "/metrics"]) {
        const response = await fetch(`http://${health.slice("tcp:".length)}${path}`);
        expect(response.status).to.equal(200);
        shown.add(await response.text());
      }
      await host.stop();
      served.child.kill();
      await served.ended;
      shown.add(served.output);
      expect(shown.leaks.slice(0, 20).join("\n")).to.equal("");
      expect(shown.texts.join("").split("[redacted]").length).to.be.above(HOOKS.size);
    });
  }

  for (const [name, start] of Object.entries({ startModules, startIsolated })) {
    for (const at of ["constructor", "postConstruct"]) {
      it(`secrets are in no error of ${name} when a module fails at ${at}`, async () => {
        for (const spill of name === "startModules" ? Object.keys(SPILLS) : ["json"]) {
          const shown = new Shown();
          const file = configFile("start.yaml", { at, spill });
          const { error } = (await outcomeOf(() => start({ configFile: file, services, logger: shown.logger() }))) as {
            error: StartError;
          };
          shown.add(error.message);
          shown.add(JSON.stringify(error.problems.map(({ message, remedy }) => ({ message, remedy }))));
          expect(shown.leaks.slice(0, 20).join("\n")).to.equal("");
          expect(shown.texts.join("")).to.include("[redacted]");
        }
      });
    }
  }
});
