import { Module, NOT_SPAM, SpamChecker, type Host, type ProgrammaticEntry } from "ligand";
import { interleave, type Effort } from "../interleave.js";
import { quietHost } from "../quiet-host.js";
import { spreadRow, type Row } from "../row.js";
import { ratioOf, shuffled } from "../statistics.js";
import { checkerClass, EVENT } from "./checkers.js";

const operate = { timeout: "30s", on_failure: "allow" } as const;

@Module()
class Other {
  @SpamChecker.userMayPublishRoom()
  async check() {
    return NOT_SPAM;
  }
}

const checkers = (settings: Partial<ProgrammaticEntry> = {}) =>
  Array.from({ length: 3 }, () => ({ module: checkerClass("async"), ...settings }));

const MODULES = {
  without: checkers(),
  bounded: checkers({ operate }),
  beside: [...checkers(), { module: Other, operate }],
};
type Name = keyof typeof MODULES;

/** What the timeouts of callbacks cost, and what the settings of one module cost the hooks of others. */
export async function budgetRows(effort: Effort): Promise<Row[]> {
  const hosts = {} as Record<Name, Host>;
  // Of equal hosts, what's made first is up to a tenth faster.
  for (const name of shuffled(Object.keys(MODULES) as Name[]))
    hosts[name] = await quietHost({ modules: MODULES[name] });
  const ask = (name: Name) => () => hosts[name].hooks.spamChecker.checkEventForSpam(EVENT);
  const subjects = { without: ask("without"), bounded: ask("bounded"), beside: ask("beside") };
  const samples = await interleave(subjects, undefined, effort);
  for (const host of Object.values(hosts)) await host.stop();
  const row = (name: string, of: Name, target: number): Row => {
    const group = "dispatch: 3 async callbacks and operate:, × without";
    return spreadRow(group, name, "× without", ratioOf(samples[of], samples.without), target);
  };
  return [row("each has a timeout", "bounded", 1.15), row("another hook's has one", "beside", 1.02)];
}
