import { Container, type ContainerModule, type Newable } from "inversify";
import type { Hooks } from "../catalogue/index.js";
import type { Operate } from "../config/operate/operate.js";
import { decisionsOf, runningOf, type Host } from "../container/host.js";
import type { DecisionRecord } from "../decisions/decision-record.js";
import type { HomeserverSettings } from "../homeserver/homeserver-settings.js";
import { homeserverBindings } from "../homeserver/services/homeserver-services.js";
import type { Storage } from "../homeserver/storage.js";
import type { ProgrammaticEntry } from "../modules/load-modules.js";
import { checkOptions, object, type OptionRules } from "../options/check-options.js";
import { bindService, boundService } from "../services/bind-service.js";
import type { ServerSettings } from "../services/configured-server.js";
import type { Mail } from "../services/mailer.js";
import { Templates } from "../services/templates.js";
import { OFFERED_RULES, PREPARE_RULES } from "../start-options.js";
import { prepare } from "../start.js";
import { captureLogs, type LogRecord } from "./captured-logs.js";
import { ClockBudgets } from "./clock-budgets.js";
import { FakeClock } from "./fake-clock.js";
import type { FakeHttpClient } from "./fake-http-client.js";
import type { FakeRemoteServers } from "./fake-remote-servers.js";
import { FakeTemplates } from "./fake-templates.js";
import { createInMemoryHomeserver, type InMemoryHomeserver } from "./in-memory-homeserver.js";

/** A module to start: its class, its config as in the YAML file, its id. @public */
export interface TestEntry<T extends object = object> extends ProgrammaticEntry {
  readonly module: Newable<T>;
}

/** What a test changes about the modules' surroundings. @public */
export interface TestOptions {
  /** Services that replace the kit's own: {@link bindService}, or Inversify container modules. */
  readonly services?: readonly ContainerModule[];
  /** The homeserver's own configuration; its name is `example.org` by default. */
  readonly server?: Partial<ServerSettings>;
  /** The homeserver's settings. */
  readonly settings?: Partial<HomeserverSettings>;
  /** Where the homeserver stores its data; in memory by default. */
  readonly storage?: Storage;
}

/** What a test changes about one module and its surroundings. @public */
export interface TestModuleOptions extends TestOptions {
  /** What the module may do, as below `operate:` in a configuration file. */
  readonly operate?: Operate;
}

/** The homeserver checks these itself. */
const TEST_RULES: OptionRules<TestOptions> = {
  ...OFFERED_RULES,
  server: object,
  settings: object,
  storage: object,
};

/** Running modules in an in-memory homeserver. @public */
export class TestKit<Instances extends readonly object[] = readonly object[]> {
  constructor(
    readonly host: Host,
    readonly homeserver: InMemoryHomeserver,
    /** What was logged, oldest first. Lines below `warn` that say how Ligand itself starts are left out. */
    readonly logs: readonly LogRecord[],
    readonly templates: FakeTemplates,
  ) {}

  /** The instances of the modules that run now, in config order: `kit.host.reload({ modules })` replaces them. */
  get modules(): Instances {
    return runningOf(this.host).modules.map(({ instance }) => instance) as readonly object[] as Instances;
  }

  /** The instance of the module; the first one if there are several. */
  get module(): NonNullable<Instances[0]> {
    return this.modules[0]!;
  }

  get hooks(): Hooks {
    return this.host.hooks;
  }

  /**
   * `await clock.advance(ms)` drives everything that waits: `sleep`, the Scheduler, `@Every`, and what `operate` has of time:
   * `timeout` and `circuit_breaker`.
   */
  get clock(): FakeClock {
    return this.homeserver.clock;
  }

  /**
   * What the modules decided, oldest first, with nothing withheld but secrets: what was asked, who answered what, and what came
   * of it, and what services and the state of the room answered. The last 500 are kept. A decision that a module in shadow is
   * asked about is there once that has answered.
   */
  get decisions(): readonly DecisionRecord[] {
    const decisions = decisionsOf(this.host);
    decisions.drain();
    return decisions.recent().toReversed();
  }

  /** Every mail that was sent, oldest first. */
  get mails(): readonly Mail[] {
    return this.homeserver.mailer.outbox;
  }

  /** Scripts the responses to modules' requests. */
  get http(): FakeHttpClient {
    return this.homeserver.http;
  }

  /** Scripts what other homeservers and identity servers know. */
  get remote(): FakeRemoteServers {
    return this.homeserver.remote;
  }

  /** Stops the modules. What waits for the clock may finish first. */
  async stop(): Promise<void> {
    const stopping = this.host.stop().then(() => true);
    const pastSecond = () => this.clock.advance(1000).then(() => false);
    while (!(await Promise.race([stopping, pastSecond()])));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts one module in an in-memory homeserver.
 *
 * @param config as in the YAML file; it is validated.
 * @throws {ConfigError} @throws {StartError} as `startModules` does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deny, Codes, Module, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";
 * import { testModule } from "ligand/testing";
 *
 * @Module()
 * class NoShouting {
 *   @SpamChecker.checkEventForSpam()
 *   check(event: RoomEvent) {
 *     return /[a-z]/.test(String(event.content["body"])) ? NOT_SPAM : deny(Codes.FORBIDDEN);
 *   }
 * }
 *
 * await using kit = await testModule(NoShouting);
 * const ann = await kit.homeserver.user("ann");
 * const room = await ann.createRoom();
 * await ann.sendText(room, "hello");
 * await assert.rejects(ann.sendText(room, "HELLO"), { errcode: "M_FORBIDDEN" });
 * ```
 *
 * @public
 */
export async function testModule<T extends object>(
  module: Newable<T>,
  config?: object,
  { operate, ...options }: TestModuleOptions = {},
): Promise<TestKit<readonly [T]>> {
  return testModules([{ module, ...(config && { config }), ...(operate && { operate }) }] as const, options);
}

type InstancesOf<Entries extends readonly TestEntry[]> = {
  readonly [Index in keyof Entries]: Entries[Index] extends TestEntry<infer T> ? T : never;
};

/** Starts several modules, in this order, in one in-memory homeserver. @public */
export async function testModules<const Entries extends readonly TestEntry[]>(
  entries: Entries,
  options: TestOptions = {},
): Promise<TestKit<InstancesOf<Entries>>> {
  checkOptions("testModules", { modules: entries }, { modules: PREPARE_RULES.modules });
  checkOptions("testModules", options, TEST_RULES);
  const { logger, records } = captureLogs();
  const clock = new FakeClock();
  const prepared = prepare(
    { modules: entries, logger, decisions: DECISIONS },
    { remedyOf, watch: false, budgets: new ClockBudgets(clock) },
  );
  const { server, settings, storage } = options;
  const homeserver = createInMemoryHomeserver({
    logger,
    clock,
    hooks: prepared.hooks,
    ...(server && { server }),
    ...(settings && { settings }),
    ...(storage && { storage }),
  });
  const templates = new FakeTemplates();
  const given = options.services ?? [];
  const own = [...homeserverBindings(homeserver), bindService(Templates, templates)];
  const services = [...given, ...(await bindingsNotIn(given, own))];
  const host = await prepared.start({ services });
  return new TestKit<InstancesOf<Entries>>(host, homeserver, records, templates);
}

/** What a test sees of decisions. */
const DECISIONS = { keep: "100%", personal: "whole", bodies: true } as const;

/** The kit lacks only a database; other tokens belong to a homeserver's own container modules. */
function remedyOf(service: string): string {
  return service === "Database"
    ? "Pass one to the test, such as PGlite in memory: " +
        "testModule(Class, config, { services: [bindService(Database, new PgliteDatabase())] })."
    : "Pass it to the test: testModule(Class, config, { services: [bindService(…)] }).";
}

/** The kit's services that the test doesn't replace. */
async function bindingsNotIn(
  given: readonly ContainerModule[],
  own: readonly ContainerModule[],
): Promise<ContainerModule[]> {
  const probe = new Container();
  for (const module of given) await probe.loadAsync(module);
  return own.filter((bindings) => !probe.isBound(boundService(bindings)!));
}
