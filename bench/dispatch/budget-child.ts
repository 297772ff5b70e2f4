import { Module, NOT_SPAM, SpamChecker, type Host, type ProgrammaticEntry } from "ligand";
import { createLogger } from "#src/logging/create-logger.js";
import { interleave } from "../interleave.js";
import { quietHost } from "../quiet-host.js";
import { ratioOf, shuffled } from "../statistics.js";
import { checkerClass, EVENT } from "./checkers.js";
import { everyDispatchRow } from "./dispatch-rows.js";

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

// Makes the engine see callbacks of all kinds before it is measured, as in a homeserver.
await everyDispatchRow({ rounds: 1, batchMs: 1 });
const hosts = {} as Record<Name, Host>;
// Of equal hosts, what's made first is up to a tenth faster.
for (const name of shuffled(Object.keys(MODULES) as Name[]))
  hosts[name] = await quietHost({ modules: MODULES[name], logger: createLogger({ level: "error" }) });
const ask = (name: Name) => () => hosts[name].hooks.spamChecker.checkEventForSpam(EVENT);
const subjects = { without: ask("without"), bounded: ask("bounded"), beside: ask("beside") };
const samples = await interleave(subjects, undefined, { rounds: Number(process.argv[2]), batchMs: 2 });
const ratio = (of: Name) => ratioOf(samples[of], samples.without).median;
console.log(JSON.stringify({ bounded: ratio("bounded"), beside: ratio("beside") }));
for (const host of Object.values(hosts)) await host.stop();
