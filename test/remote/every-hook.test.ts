import { expect } from "chai";
import fc from "fast-check";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import type { AnyHook } from "#src/hooks/hook.js";
import type { Parameter } from "#src/hooks/parameter.js";
import type { HookSamples } from "#src/hooks/samples.js";
import type { Hooks } from "#src/index.js";
import { freePort } from "../free-port.js";
import type { Callback } from "../dispatch/start-category.js";
import { comparable } from "../catalogue/comparable.js";
import { memberAsking, SAMPLED_HOOKS } from "../catalogue/sampled-hooks.js";
import { moduleOf } from "./module-of-functions.js";
import { outcomeOf, serveModules, type Served } from "./served.js";

for (const [kind, address] of [
  ["a Unix socket", undefined],
  ["TCP", async () => `tcp:127.0.0.1:${await freePort()}`],
] as const) {
  describe(`every hook over ${kind}`, () => {
    /** What the callbacks of all three modules answer, by hook; callbacks say what they received. */
    const answers = new Map<string, () => unknown>();
    const received: unknown[][] = [];
    let served: Served;
    let local: Hooks;
    let remote: Hooks;

    before(async () => {
      const callbacks = Object.fromEntries(
        Object.entries<Category>(CATALOGUE).map(([property, { hooks }]) => [
          property,
          Object.fromEntries(
            Object.entries(hooks).map(([name, hook]) => [name, answering(`${property}.${name}`, hook)]),
          ),
        ]),
      );
      const { backgroundUpdates: _background, accountValidity: _validity, ...shared } = callbacks;
      // Hooks of a single owner are the first module's.
      const modules = [moduleOf(callbacks), moduleOf(shared), moduleOf(shared)].map((module) => ({ module }));
      served = await serveModules(modules, address ? { address: await address() } : {});
      remote = (await served.connect()).hooks;
      local = served.host!.hooks;
    });

    after(() => served[Symbol.asyncDispose]());

    function answering(key: string, { parameters }: AnyHook): Callback {
      const answer = (args: unknown[]) => {
        received.push(args);
        return answers.get(key)?.();
      };
      // What is lent can be read only until the callback has answered.
      const isLent = (parameters as readonly Parameter[]).some(({ lent }) => lent);
      return (...args) => (isLent ? comparable(args).then((read) => answer(read as unknown[])) : answer(args));
    }

    for (const { property, name: hook, samples: expected } of SAMPLED_HOOKS) {
      const key = `${property}.${hook}`;
      const methodOf = (hooks: Hooks): Callback => {
        const methods = hooks[property as keyof Hooks] as unknown as Record<string, Callback>;
        return methods[memberAsking(property, hook)]!;
      };
      const legal = [...expected.pass, ...expected.decides.map(([answer]) => answer)];

      for (const [number, answer] of legal.entries()) {
        it(`${key} comes to the same, here and there, for legal answer ${number + 1}`, async () => {
          answers.clear();
          answers.set(key, () => answer);
          received.length = 0;
          const there = await comparable(
            await outcomeOf(() => methodOf(remote)(...(expected.args as readonly unknown[]))),
          );
          const crossed = received.splice(0);
          const here = await comparable(
            await outcomeOf(() => methodOf(local)(...(expected.args as readonly unknown[]))),
          );
          expect(there).to.deep.equal(here);
          expect(await argumentsOf(crossed, expected)).to.deep.equal(await argumentsOf(received, expected));
        });
      }

      if (legal.length > 0) {
        it(`${key} comes to the same, here and there, for any answers of three modules`, async () => {
          await fc.assert(
            fc.asyncProperty(fc.array(fc.constantFrom(...legal), { minLength: 3, maxLength: 3 }), async (row) => {
              const walk = async (hooks: Hooks) => {
                let next = 0;
                answers.clear();
                answers.set(key, () => row[next++]);
                return comparable(await outcomeOf(() => methodOf(hooks)(...(expected.args as readonly unknown[]))));
              };
              expect(await walk(remote)).to.deep.equal(await walk(local));
            }),
            { numRuns: 10 },
          );
        });
      }
    }
  });
}

/** What callbacks received, without the context: over a connection it always has a signal. */
async function argumentsOf(received: readonly unknown[][], { args }: HookSamples): Promise<unknown> {
  return comparable(received.map((one) => one.slice(0, (args as readonly unknown[]).length)));
}
