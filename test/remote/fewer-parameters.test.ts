import { expect } from "chai";
import type { Newable } from "inversify";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { Module, type Hooks } from "#src/index.js";
import { givenTo, memberAsking, SAMPLED_HOOKS } from "../catalogue/sampled-hooks.js";
import { outcomeOf, serveModules } from "./served.js";

type Method = (...args: unknown[]) => unknown;
type Note = (...looked: unknown[]) => unknown;

/** Methods that look at as many arguments as they declare. */
const METHODS: readonly ((note: Note) => Method)[] = [
  (note) => () => note(),
  (note) => (a) => note(a),
  (note) => (a, b) => note(a, b),
  (note) => (a, b, c) => note(a, b, c),
  (note) => (a, b, c, d) => note(a, b, c, d),
];

/** A module that is on every hook, with methods of one number of parameters. */
function moduleOf(parameters: number, note: (key: string) => Note): Newable<object> {
  const moduleClass = class Fewer {};
  for (const [property, category] of Object.entries<Category>(CATALOGUE)) {
    for (const hook of Object.keys(category.hooks)) {
      const name = `${property}.${hook}`;
      Object.defineProperty(moduleClass.prototype, name, { value: METHODS[parameters]!(note(name)) });
      const decorators = decoratorsOf(category) as Record<
        string,
        (...args: unknown[]) => (...target: unknown[]) => void
      >;
      decorators[hook]!(...givenTo(property, hook))(moduleClass.prototype, name);
    }
  }
  Module()(moduleClass);
  return moduleClass;
}

for (const parameters of METHODS.keys()) {
  describe(`callbacks with ${parameters} parameters, in the process and in another one`, () => {
    const looked: unknown[][] = [];
    let answer: (key: string) => unknown;
    let served: Awaited<ReturnType<typeof serveModules>>;
    let remote: Hooks;

    before(async () => {
      const note =
        (key: string) =>
        (...args: unknown[]) => (looked.push(args), answer(key));
      served = await serveModules([{ module: moduleOf(parameters, note) }]);
      remote = (await served.connect()).hooks;
    });

    after(() => served[Symbol.asyncDispose]());

    for (const { property, name: hook, samples: expected } of SAMPLED_HOOKS) {
      const args = expected.args as readonly unknown[];
      // Its callback is called when the slot that it gives is entered.
      if (hook === "onUpdate") continue;
      it(`${property}.${hook} gives them the same arguments, and follows its policy when they throw`, async () => {
        const ask = async (hooks: Hooks) => {
          looked.length = 0;
          const methods = hooks[property as keyof Hooks] as unknown as Record<string, Method>;
          const method = methods[memberAsking(property, hook)]!;
          answer = () => expected.pass[0];
          const passing = await outcomeOf(() => method(...args));
          answer = (key) => {
            if (key === `${property}.${hook}`) throw new Error("boom");
            return expected.pass[0];
          };
          const failing = await outcomeOf(() => method(...args));
          const seen = looked.map((given) => given.slice(0, args.length).map(comparable));
          return { passes: "result" in passing, fails: Object.keys(failing), seen };
        };
        const there = await ask(remote);
        const here = await ask(served.host!.hooks);
        expect(there).to.deep.equal(here);
        expect(here.seen[0]).to.have.length(Math.min(parameters, args.length));
      });
    }
  });
}

/** Files and requests as they can be compared: how they are read differs from process to process. */
function comparable(arg: unknown): unknown {
  if (arg instanceof Request) return { method: arg.method, url: arg.url, headers: [...arg.headers] };
  const { path, writeChunksTo } = Object(arg) as { readonly path?: unknown; readonly writeChunksTo?: unknown };
  return typeof writeChunksTo === "function" ? { path } : arg;
}
