import { inspect } from "node:util";
import { expect } from "chai";
import { PASSWORD } from "#src/catalogue/matrix.samples.js";
import { REDACTED } from "#src/errors/redact.js";
import type { Observer } from "#src/dispatch/observer.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";
import { SAMPLED_HOOKS, type SampledHook } from "./sampled-hooks.js";

/** Every secret among the sample arguments, in each form in which a string may quote it. */
const SECRETS = [
  PASSWORD,
  JSON.stringify(PASSWORD).slice(1, -1),
  encodeURIComponent(PASSWORD),
  "regtoken-1",
  "renewal-token-1",
  "syt_access-token",
  "syt_header-token",
  "mas_query-token",
];

/** What a careless callback writes of what it was given. */
function quoted(args: readonly unknown[]): string {
  const texts = args.flatMap((arg): string[] => {
    if (typeof arg === "string") return [arg, encodeURIComponent(arg)];
    if (!(arg instanceof Request)) return Object.values(arg ?? {}).filter((value) => typeof value === "string");
    return [arg.url, arg.headers.get("authorization")!, arg.headers.get("authorization")!.replace("Bearer ", "")];
  });
  return `cannot use ${JSON.stringify(args)}: ${texts.join(", ")} and ${texts.map(encodeURIComponent).join(", ")}`;
}

const CARELESS: Readonly<Record<string, (text: string) => unknown>> = {
  "an error": (text) => new TypeError(text),
  "an error with members": (text) => Object.assign(new Error(text), { password: text, detail: { text } }),
  "an error with causes": (text) => new Error(text, { cause: new Error(text, { cause: text }) }),
  "errors in one": (text) => new AggregateError([new Error(text)], text),
  "a MatrixError": (text) => new MatrixError(403, text, "M_FORBIDDEN", { fields: { text }, headers: { text: "x" } }),
  "a string": (text) => text,
  "an object": (text) => ({ message: text, password: text }),
};

const ANSWERS: Readonly<Record<string, (text: string) => unknown>> = {
  "a string": (text) => text,
  "an object": (text) => ({ password: text, [text]: text }),
  "a list": (text) => [text],
  "a list of two": (text) => [text, { text }],
  "a pair": (text) => ["M_FORBIDDEN", { [text]: text }],
  "a list of three": (text) => [true, text, 3],
  "a Map": (text) => new Map([[text, text]]),
  "a Set": (text) => new Set([text]),
  "an Error": (text) => new Error(text),
};

for (const sampled of SAMPLED_HOOKS) {
  describe(`the log and the observer of ${sampled.category.name}.${sampled.name}`, () => secrecy(sampled));
}

function secrecy({ category, name, hook, samples }: SampledHook): void {
  const hasSecrets = (hook.parameters as readonly Parameter[]).some(({ privacy }) => privacy === "secret");
  /** What is written, and what an observer sees of errors, when a callback throws or answers as the test says, synchronously and later. */
  const logOf = async (callback: Callback) => {
    const later = async (...args: unknown[]) => callback(...args);
    let text = "";
    for (const variant of [callback, later]) {
      const observer: Observer = ({ error }) => {
        text += inspect(error, { depth: Infinity, showHidden: true });
      };
      const { chainMethods, log } = startCategory(category, { careless: { [name]: variant } }, { observer });
      const method = chainMethods[name] as Callback;
      await Promise.allSettled([(async () => method(...(samples.args as readonly unknown[]), { requestId: "r" }))()]);
      text += log.text;
    }
    return text;
  };
  const isSecret = (text: string) => SECRETS.some((secret) => text.includes(secret));

  for (const [what, thrown] of Object.entries(CARELESS)) {
    it(`the log and the observer of ${category.name}.${name} have nothing of a secret when a callback throws ${what} that quotes its arguments`, async () => {
      let quotedSecret = false;
      const log = await logOf((...args) => {
        const text = quoted(args.slice(0, samples.args.length));
        quotedSecret = isSecret(text);
        throw thrown(text);
      });
      expect(quotedSecret).to.equal(hasSecrets);
      expect(SECRETS.filter((secret) => log.includes(secret))).to.deep.equal([]);
      expect(log).to.match(/"hook":"\w+\.\w+"/);
      if (hasSecrets && what !== "an object") expect(log).to.include(REDACTED);
    });
  }

  for (const [what, answer] of Object.entries(ANSWERS)) {
    it(`the log and the observer of ${category.name}.${name} have nothing of a secret when a callback answers with ${what} that holds it`, async () => {
      const log = await logOf(() => answer(PASSWORD));
      expect(SECRETS.filter((secret) => log.includes(secret))).to.deep.equal([]);
    });
  }
}
