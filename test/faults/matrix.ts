import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { caught } from "#src/errors/caught.js";
import { isSlot } from "#src/catalogue/background-updates.js";
import { startIsolated, startModules, type Host, type RemoteHost } from "#src/index.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { memberAsking, samplesOf } from "../catalogue/sampled-hooks.js";
import type { Callback } from "../dispatch/start-category.js";
import { outcomeOf, serverBinding, serveModules, watchRejections } from "../remote/served.js";
import { until } from "../until.js";
import { HOSTS, type Cell, type HostName } from "./cells.js";
import { problemsOf, type Outcome } from "./expected-cell.js";
import { Faulty, HOOKS, requestIdOf, Witness } from "./faulty-modules.js";

const folder = mkdtempSync(join(tmpdir(), "ligand-faults-"));
const configFile = join(folder, "faults.yaml");

/** Modules that run in some host. */
interface World extends AsyncDisposable {
  readonly host: Host | RemoteHost;
  readonly logs: readonly LogRecord[];
}

const WORLDS: Readonly<Record<HostName, () => Promise<World>>> = {
  async "in-process"() {
    const { logger, records } = captureLogs({ all: true });
    const host = await startModules({ configFile, services: [serverBinding()], logger });
    return { host, logs: records, [Symbol.asyncDispose]: () => host.stop() };
  },
  async served() {
    const served = await serveModules([{ module: Faulty }, { module: Witness }]);
    return {
      host: await served.connect(),
      logs: served.logs,
      [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
    };
  },
  async isolated() {
    const { logger, records } = captureLogs({ all: true });
    const host = await startIsolated({ configFile, services: [serverBinding()], logger });
    return { host, logs: records, [Symbol.asyncDispose]: () => host.stop() };
  },
};

function ask({ hooks }: Host | RemoteHost, { key, mode, fault }: Cell): Promise<Outcome> {
  const [property, name] = key.split(".") as [keyof typeof hooks, string];
  const methods = hooks[property] as unknown as Record<string, Callback>;
  const args = samplesOf(property, name)!.args as readonly unknown[];
  const method = methods[memberAsking(property, name)]!;
  return outcomeOf(async () => {
    const result: unknown = await method(...args, { requestId: requestIdOf(key, mode, fault) });
    // Another process is asked for a slot once it is entered.
    if (mode !== "later" && isSlot(result)) await result.enter();
    return result;
  });
}

async function fetched(host: Host | RemoteHost, { mode, fault }: Cell): Promise<string> {
  const url = `https://example.org/_synapse/client/faulty?mode=${mode}&fault=${fault}`;
  const response = await host.fetch(new Request(url), { requestId: requestIdOf("web", mode, fault) });
  await response!.arrayBuffer();
  return `${response!.status}`;
}

/** What is wrong with the answer of a web resource: 500 and a line, unless the fault is an answer to the client. */
function webProblems({ mode, fault }: Cell, status: string, lines: readonly LogRecord[]): string[] {
  const known: Readonly<Record<string, string>> = { abortError: "499", endsSession: "403" };
  const expected = (["throw", "reject"].includes(mode) && known[fault]) || "500";
  const count = expected === "500" ? 1 : 0;
  const problems = status === expected ? [] : [`status ${status}; expected ${expected}`];
  if (lines.length !== count) problems.push(`${lines.length} lines in the log; expected ${count}`);
  if (lines.some(({ module }) => module !== "Faulty")) problems.push("the line in the log doesn't name the module");
  return problems;
}

/** Tests of cells: those of a host share one, and each cell has a request id of its own. */
export function testCells(cells: readonly Cell[], hanging: readonly Cell[], later: readonly Cell[]): void {
  before(() => {
    mkdirSync(folder, { recursive: true });
    const file = new URL("./faulty-modules.js", import.meta.url).pathname;
    writeFileSync(configFile, `modules:\n  - module: ${file}#Faulty\n  - module: ${file}#Witness\n`);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const host of HOSTS) {
    const ofHost = cells.filter((cell) => cell.host === host);

    it(`${host}: modules throw and answer anything, and policy, order, log and process hold`, async () => {
      using rejections = watchRejections();
      await using world = await WORLDS[host]();
      const outcomes = new Map<Cell, Outcome | string>();
      for (const cell of ofHost) {
        outcomes.set(cell, cell.key === "web" ? await fetched(world.host, cell) : await ask(world.host, cell));
      }
      const problemsNow = () => {
        const linesOf = linesByCell(world.logs);
        return ofHost.flatMap((cell) => {
          const outcome = outcomes.get(cell)!;
          const found =
            typeof outcome === "string"
              ? webProblems(cell, outcome, linesOf(cell))
              : problemsOf(cell, outcome, linesOf(cell));
          return found.map((problem) => `${cell.key} ${cell.mode} ${cell.fault}: ${problem}`);
        });
      };
      // Lines of another process come later than its answers.
      const deadline = Date.now() + 60_000;
      let problems = problemsNow();
      while (problems.length > 0 && Date.now() < deadline) {
        await pause(20);
        problems = problemsNow();
      }
      expect(problems).to.deep.equal([]);
      expect(rejections.reasons).to.deep.equal([]);
      expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    });
  }

  for (const host of HOSTS) {
    it(`${host}: functions inside answers throw anything, and the log names module, hook and request`, async () => {
      const ofHost = later.filter((cell) => cell.host === host);
      using rejections = watchRejections();
      await using world = await WORLDS[host]();
      const problems: string[] = [];
      for (const cell of ofHost) {
        const outcome = await ask(world.host, cell);
        const found = "error" in outcome ? ["the hook failed"] : await laterProblems(cell, outcome.result, world.logs);
        problems.push(...found.map((problem) => `${cell.key} ${cell.fault}: ${problem}`));
      }
      expect(problems).to.deep.equal([]);
      expect(rejections.reasons).to.deep.equal([]);
    });
  }

  it("in-process: a callback that never answers is named in the log once, and the host stops", async () => {
    const { logger, records } = captureLogs({ all: true });
    const host = await startModules({ configFile, services: [serverBinding()], logger, pendingLimitMs: 50 });
    for (const cell of hanging) void ask(host, cell);
    // Requests that wait for the same callback share a line.
    const linesOf = ({ key, mode, fault }: Cell) => {
      const id = requestIdOf(key, mode, fault);
      return records.filter(
        ({ requestId, requestIds, level }) =>
          level === "warn" && (requestId === id || (requestIds as string[] | undefined)?.includes(id)),
      );
    };
    await until(() => hanging.every((cell) => linesOf(cell).length > 0));
    expect(hanging.filter((cell) => linesOf(cell).length !== 1)).to.deep.equal([]);
    await host.stop();
  });
}

/** Calls the functions of an answer, and says what is wrong with what they throw and with the lines in the log. */
async function laterProblems(cell: Cell, answer: unknown, logs: readonly LogRecord[]): Promise<string[]> {
  const { category, name } = HOOKS.get(cell.key)!;
  const requestId = requestIdOf(cell.key, cell.mode, cell.fault);
  const functions = isSlot(answer)
    ? { enter: () => answer.enter(), exit: () => answer.exit() }
    : { onLogin: (answer as [string, (response: object) => unknown])[1].bind(undefined, { user_id: "@alice:x" }) };
  const problems: string[] = [];
  for (const call of Object.values(functions)) {
    const outcome = await outcomeOf(call);
    if (!("error" in outcome)) problems.push("the function didn't throw");
    else if (caught(outcome.error) !== outcome.error) problems.push("the error can't be read");
  }
  const lines = () => logs.filter((line) => line.requestId === requestId && line.hook !== undefined);
  const names = Object.keys(functions);
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && lines().length < names.length) await pause(20);
  const found = lines().map(({ module, hook, message, level }) => [level, module, hook, message.split(" failed: ")[0]]);
  const expected = names.map((one) => {
    const who = `${one} of callback Faulty.${category.name}.${name} of module Faulty on ${category.name}.${name}`;
    return ["error", "Faulty", `${category.name}.${name}`, who];
  });
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    problems.push(`the log has ${JSON.stringify(found)}; expected ${JSON.stringify(expected)}`);
  }
  return problems;
}

/** The lines about callbacks and web resources, and those of the witness, by the request that a cell is. */
function linesByCell(logs: readonly LogRecord[]): (cell: Cell) => readonly LogRecord[] {
  const byRequest = new Map<string, LogRecord[]>();
  for (const line of logs) {
    const isOfCell = line.hook !== undefined || line["path"] !== undefined || line.message === "witness";
    // How long a fault takes is up to the machine, which others may use as well: an answer without end is written until its limit.
    const isOfMachine = / (kept the process busy|(has )?blocked the process of isolated modules) for /.test(
      line.message,
    );
    if (line.requestId === undefined || !isOfCell || isOfMachine) continue;
    const known = byRequest.get(line.requestId);
    if (known) known.push(line);
    else byRequest.set(line.requestId, [line]);
  }
  return ({ key, mode, fault }) => byRequest.get(requestIdOf(key, mode, fault)) ?? [];
}
