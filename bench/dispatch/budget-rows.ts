import { Module, NOT_SPAM, SpamChecker, type Host } from "ligand";
import { interleave, type Effort } from "../interleave.js";
import { quietHost } from "../quiet-host.js";
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
  const other = { module: Other, operate: { timeout: "30s", on_failure: "allow" } } as const;
  await using plain = await quietHost({ modules: checkers() });
  await using bounded = await quietHost({
    modules: checkers().map((entry) => ({ ...entry, operate: { timeout: "30s" } })),
  });
  await using beside = await quietHost({ modules: [...checkers(), other] });
  const ask = (host: Host) => () => host.hooks.spamChecker.checkEventForSpam(EVENT);
  const subjects = { plain: ask(plain), bounded: ask(bounded), beside: ask(beside) };
  const samples = await interleave(subjects, undefined, effort);
  return [
    { ...ratioRow(GROUP, "each has a timeout", ratioOf(samples.bounded, samples.plain), 1.15), unit: "× without" },
    { ...ratioRow(GROUP, "another hook's has one", ratioOf(samples.beside, samples.plain), 1.02), unit: "× without" },
  ];
}

function checkers() {
  return Array.from({ length: 3 }, () => ({ module: checkerClass("async") }));
}
