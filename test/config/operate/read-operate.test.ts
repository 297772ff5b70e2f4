import { expect } from "chai";
import { resolve } from "node:path";
import { readConfigurationText } from "#src/config/read-configuration.js";
import type { OperateSettings } from "#src/config/operate/operate-settings.js";
import { settingsFor } from "#src/config/operate/operate-settings.js";
import { formatProblem } from "#src/errors/problem.js";

/** The entries of a file without problems, by the lines below `operate:` of each. */
async function readOperates(operates: readonly (readonly string[])[], others: readonly string[] = []) {
  const entries = operates.map((lines) =>
    ["  - module: ./filter.js#Filter", "    operate:", ...lines.map((line) => `      ${line}`)].join("\n"),
  );
  const text = ["modules:", ...entries, ...others].join("\n");
  const { value, problems } = await readConfigurationText(text, "homeserver.yaml");
  expect(problems.map(formatProblem)).to.deep.equal([]);
  return value!;
}

async function readOne(...lines: readonly string[]): Promise<OperateSettings | undefined> {
  return (await readOperates([lines]))[0]!.operate;
}

const DEFAULTS = {
  mode: "enforce",
  required: true,
  onFailure: { local: "default", federation: "default" },
  share: 1,
  rest: "disabled",
  shadowServices: [],
};

describe("reading operate:", () => {
  it("an entry without `operate:`, or with an empty one, has no settings", async () => {
    expect(await readOne()).to.equal(undefined);
    const { value } = await readConfigurationText(
      "modules:\n  - module: a\n  - { module: b, operate: {} }\n",
      "a.yaml",
    );
    expect(value!.map((entry) => "operate" in entry)).to.deep.equal([false, false]);
  });

  it("every key becomes a setting, with durations in milliseconds, sizes in bytes and shares from 0 to 1", async () => {
    const settings = await readOne(
      "mode: shadow",
      "required: true",
      "timeout: 500ms",
      "on_failure: { local: deny, federation: allow }",
      "share: 12.5%",
      "rest: shadow",
      "only: { origin: federation, type: [m.room.message, m.sticker] }",
      "except: { sender: '@*:staff.example.org', server: '*.example.org', room: ['!a:b'] }",
      "circuit_breaker: { failure_rate: 25%, min_calls: 5, window: 10s, open_for: 1m }",
      "process: own",
      "memory: 1.5GiB",
      "permissions: { read: [./data, /srv], write: [out], child_processes: true, network: false, env: [HTTPS_PROXY] }",
      "shadow: { services: [HttpClient] }",
      "log_level: debug",
    );
    expect(settings).to.deep.equal({
      mode: "shadow",
      required: false,
      timeoutMs: 500,
      onFailure: { local: "deny", federation: "allow" },
      share: 0.125,
      rest: "shadow",
      only: { origin: ["federation"], type: ["m.room.message", "m.sticker"] },
      except: { sender: ["@*:staff.example.org"], server: ["*.example.org"], room: ["!a:b"] },
      circuitBreaker: { failureRate: 0.25, minCalls: 5, windowMs: 10_000, openForMs: 60_000 },
      process: {
        name: "own",
        memoryBytes: 1.5 * 1024 ** 3,
        permissions: {
          read: [resolve("data"), "/srv"],
          write: [resolve("out")],
          childProcesses: true,
          network: false,
          env: ["HTTPS_PROXY"],
        },
      },
      shadowServices: ["HttpClient"],
      logLevel: "debug",
      written: {
        mode: ["operate", "mode"],
        timeout: ["operate", "timeout"],
        on_failure: ["operate", "on_failure"],
        share: ["operate", "share"],
        rest: ["operate", "rest"],
        only: ["operate", "only"],
        except: ["operate", "except"],
        circuit_breaker: ["operate", "circuit_breaker"],
      },
      hooks: new Map(),
    });
  });

  it("a key below `hooks:` replaces the module's, whole, and the others stay", async () => {
    const settings = await readOne(
      "timeout: 1s",
      "only: { type: m.room.message, origin: local }",
      "circuit_breaker: { min_calls: 5 }",
      "hooks:",
      "  checkEventForSpam: { only: { room: '!a:b' }, circuit_breaker: {} }",
      "  user_may_invite: { timeout: 2s, only: {} }",
    );
    const breaker = { failureRate: 0.5, minCalls: 5, windowMs: 60_000, openForMs: 30_000 };
    const { written: _, ...spam } = settingsFor(settings, "checkEventForSpam");
    const { written: __, ...invite } = settingsFor(settings, "userMayInvite");
    const { hooks, required, shadowServices, written, ...others } = settingsFor(
      settings,
      "onNewEvent",
    ) as OperateSettings;
    const each = { mode: "enforce", onFailure: DEFAULTS.onFailure, share: 1, rest: "disabled", timeoutMs: 1000 };
    expect({ spam, invite, others }).to.deep.equal({
      spam: { ...each, only: { room: ["!a:b"] }, circuitBreaker: { ...breaker, minCalls: 20 } },
      invite: { ...each, timeoutMs: 2000, only: {}, circuitBreaker: breaker },
      others: { ...each, only: { type: ["m.room.message"], origin: ["local"] }, circuitBreaker: breaker },
    });
  });

  it("a key without a value counts as not written, with a warning", async () => {
    const text = `modules:
  - module: ./filter.js#Filter
    operate:
      timeout:
      only: ~
      process: filters
      hooks:
        checkEventForSpam:
          circuit_breaker:
module_processes:
  filters:
    memory:
`;
    const { value, problems } = await readConfigurationText(text, "homeserver.yaml");
    const { written, hooks, process, ...settings } = value![0]!.operate!;
    expect({ settings, written, process, ofHook: hooks.get("checkEventForSpam")?.circuitBreaker }).to.deep.equal({
      settings: DEFAULTS,
      written: {},
      process: { name: "filters" },
      ofHook: undefined,
    });
    const said = (place: string, key: string) =>
      `homeserver.yaml:${place}: \`${key}\` has no value, so it counts as not written [LIGAND_CONFIG_UNUSED]\n` +
      "  Write its value, indent what belongs to it, or remove it.";
    expect(problems.map(formatProblem)).to.deep.equal([
      said("4:7 modules[0].operate.timeout", "timeout"),
      said("5:7 modules[0].operate.only", "only"),
      said("9:11 modules[0].operate.hooks.checkEventForSpam.circuit_breaker", "circuit_breaker"),
      said("12:5 module_processes.filters.memory", "memory"),
    ]);
    expect(problems.map(({ severity }) => severity)).to.deep.equal(problems.map(() => "warning"));
  });

  it("`mode: disabled` is the same as `enabled: false`", async () => {
    const [entry] = await readOperates([["mode: disabled"]]);
    expect(entry).to.deep.include({ enabled: false });
  });

  it("modules that share a process have what `module_processes:` says of it", async () => {
    const [first, second, third] = await readOperates(
      [["process: filters"], ["process: filters"], ["process: others"]],
      ["module_processes:", "  filters: { memory: 256Mi, permissions: {} }"],
    );
    const filters = {
      name: "filters",
      memoryBytes: 256 * 1024 ** 2,
      permissions: { read: [], write: [], childProcesses: false, network: true, env: [] },
    };
    expect([first, second, third].map((entry) => entry!.operate!.process)).to.deep.equal([
      filters,
      filters,
      { name: "others" },
    ]);
  });
});
