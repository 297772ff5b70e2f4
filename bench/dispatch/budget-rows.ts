import { Module, NOT_SPAM, SpamChecker, startModules, type Host } from "ligand";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { checkerClass, EVENT } from "./checkers.js";

const GROUP = "dispatch: 3 async callbacks and operate:, × without";

/** What the timeouts of callbacks cost, and what the settings of one module cost the hooks of others. */
export async function budgetRows(effort: Effort): Promise<Row[]> {
  @Module()
  class Other {
    @SpamChecker.userMayPublishRoom()
    async check() {
      return NOT_SPAM;
    }
  }
  const hosts = {
    plain: await start(checkers()),
    bounded: await start(checkers().map((entry) => ({ ...entry, operate: { timeout: "30s" } }))),
    beside: await start([...checkers(), { module: Other, operate: { timeout: "30s", on_failure: "allow" } }]),
  };
  const ask = (host: Host) => () => host.hooks.spamChecker.checkEventForSpam(EVENT);
  const subjects = { plain: ask(hosts.plain), bounded: ask(hosts.bounded), beside: ask(hosts.beside) };
  const samples = await interleave(subjects, undefined, effort);
  await Promise.all(Object.values(hosts).map((host) => host.stop()));
  return [
    { ...ratioRow(GROUP, "each has a timeout", ratioOf(samples.bounded, samples.plain), 1.15), unit: "× without" },
    { ...ratioRow(GROUP, "another hook's has one", ratioOf(samples.beside, samples.plain), 1.02), unit: "× without" },
  ];
}

function checkers() {
  return Array.from({ length: 3 }, () => ({ module: checkerClass("async") }));
}

function start(modules: Parameters<typeof startModules>[0]["modules"] & object): Promise<Host> {
  return startModules({ modules, blockedMs: 0, slowStepMs: 0 });
}
