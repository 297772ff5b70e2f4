import { CATALOGUE } from "#src/catalogue/index.js";
import type { Chain } from "#src/dispatch/chain.js";
import type { Call, ChainCallback } from "#src/hooks/contribution.js";
import type { Dispatch } from "#src/dispatch/dispatch.js";

const nothing = () => undefined;

/** A chain of `SpamChecker.checkEventForSpam` under a name of its own, with a callback of each of so many modules. */
export function chainOf(
  dispatch: Dispatch,
  name: string,
  modules: number,
  call: Call,
  warn: () => void = nothing,
): Chain {
  const chain = dispatch.newChain(name, CATALOGUE.spamChecker.hooks.checkEventForSpam);
  chain.setCallbacks(
    Array.from({ length: modules }, (_, index) => {
      const callback: ChainCallback = {
        module: { id: `module${index}`, specifier: `./module${index}.js` },
        moduleClass: Object,
        name: `Module${index}.check`,
        method: "check",
        options: undefined,
        log: { debug: nothing, info: nothing, warn, error: nothing },
        call,
        interest: { parameters: 1, types: null, state: null },
      };
      return callback;
    }),
  );
  return chain;
}
