import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { Decisions } from "#src/decisions/decisions.js";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import { recordedService } from "#src/decisions/recorded-services.js";
import { SweepingBudgets } from "#src/dispatch/sweeping-budgets.js";
import type { Category } from "#src/hooks/category.js";
import type { Chain } from "#src/dispatch/chain.js";
import type { ChainCallback } from "#src/hooks/contribution.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import type { AnyHook } from "#src/hooks/hook.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { AnswerIssue } from "#src/hooks/strategy.js";
import { Codes } from "#src/matrix/codes.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import type { Privacy, PrivacyClass } from "#src/matrix/privacy.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny } from "#src/matrix/verdict.js";
import { serviceMethods, SERVICES, type ServiceName } from "#src/services/services.js";
import { RecordFolder } from "./record-folder.js";

/** The beginning of every string of a class: so long that no hash, which is base64url, has it by chance. */
const MARKS = {
  secret: "secret-mark-",
  personal: "personal-mark-",
  body: "body-mark-",
  public: "public-mark-",
} as const;

let count = 0;
const marked = (of: PrivacyClass) => `${MARKS[of]}${++count}`;

/** A value with a marked string for each member that a declaration names, and for one that it doesn't. */
function valueOf(privacy: Privacy): unknown {
  if (typeof privacy === "string") return marked(privacy);
  const names = Object.keys(privacy);
  if (names.includes("*") && names.length === 1) return [valueOf(privacy["*"]!), valueOf(privacy["*"]!)];
  if (names.every((name) => /^\d+$/.test(name))) return names.map((name) => valueOf(privacy[name]!));
  const members = names.map((name) => [name === "*" ? "another" : name, valueOf(privacy[name]!)]);
  return Object.fromEntries([...members, ...(names.includes("*") ? [] : [["undeclared", marked("body")]])]);
}

const event = (stateKey?: string) =>
  new RoomEvent({
    event_id: "$1",
    room_id: `!${marked("personal")}`,
    type: "m.room.topic",
    sender: `@${marked("personal")}:hs`,
    content: { topic: marked("body"), access_token: marked("secret") },
    unsigned: { age: marked("body") },
    ...(stateKey !== undefined && { state_key: stateKey }),
  });
const state = () => {
  const key = `@${marked("personal")}:hs`;
  return new StateMap([["m.room.topic", key, event(key)]]);
};

function argumentOf({ kind, lent, privacy = "body" }: Parameter): unknown {
  if (kind === "event") return event();
  if (kind === "state") return state();
  return lent ? { path: marked("public") } : valueOf(privacy);
}

/** Every string in a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof RoomEvent) return textsIn(value.getDict());
  if (value instanceof StateMap) return [...(value as StateMap<unknown>)].flatMap(textsIn);
  if (value instanceof Set || value instanceof Map) return [...value].flatMap(textsIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const HOOKS: readonly (readonly [name: string, hook: AnyHook])[] = Object.values<Category>(CATALOGUE).flatMap(
  ({ name, hooks }) => Object.entries(hooks).map(([hook, declared]) => [`${name}.${hook}`, declared] as const),
);

/** A method of a service. */
interface Method {
  readonly call: (...args: unknown[]) => Promise<unknown>;
  /** Marked arguments, and one that isn't declared. */
  readonly args: (undeclared: unknown) => unknown[];
}

/** Methods of services that answer with marked values, or throw what quotes their arguments. */
function methodsOf(name: ServiceName, fails: () => boolean): Method[] {
  const declared = [...serviceMethods(name)];
  const service = Object.fromEntries(
    declared.map(([method, { returns }]) => [
      method,
      async (...args: unknown[]) => {
        if (fails()) throw new MatrixError(400, `refused: ${textsIn(args).join(" ")}`, Codes.UNKNOWN);
        return returns === "nothing" ? undefined : valueOf(returns);
      },
    ]),
  );
  const recorded = recordedService(name, service);
  return declared.map(([method, { takes = [] }]) => ({
    call: (...args) => recorded[method]!(...args),
    args: (undeclared) => [...takes.map(valueOf), undeclared],
  }));
}

/** What callbacks come to: answers that hooks accept and others, and errors that quote all they were given. */
const WAYS: readonly ((hook: AnyHook, args: readonly unknown[]) => unknown)[] = [
  (hook) => {
    const { privacy } = hook.answers;
    const values = [valueOf(privacy), [true, (valueOf(privacy) as unknown[])[1]]];
    return values.find((value) => accepts(hook, value)) ?? marked("body");
  },
  () => deny(Codes.FORBIDDEN, { error: marked("body"), password: marked("secret"), more: { text: marked("body") } }),
  (hook) => shaped(hook, (text) => [text, null]),
  (hook) => shaped(hook, (text) => new Set([`@${text}:hs`])),
  (hook) => shaped(hook, (text) => ({ text, access_token: marked("secret") })),
  (hook) => shaped(hook, (text) => text),
  (_, args) => {
    throw new Error(`no: ${textsIn(args).join(", ")}`, { cause: new Error(marked("secret")) });
  },
  (_, args) => {
    throw new MatrixError(403, `no: ${textsIn(args).join(", ")}`, Codes.FORBIDDEN, {
      fields: { text: marked("body") },
    });
  },
];

/** An answer of some form. Only one that a hook accepts has the class that it declares. */
function shaped(hook: AnyHook, make: (text: string) => unknown): unknown {
  return make(marked(hook.answers.privacy === "personal" && accepts(hook, make("text")) ? "personal" : "body"));
}

function accepts({ answers: { kind }, strategy }: AnyHook, value: unknown): boolean {
  try {
    return kind !== "nothing" && !(strategy.step(strategy.start(), value) instanceof AnswerIssue);
  } catch {
    return false;
  }
}

function callback(call: ChainCallback["call"], { parameters }: AnyHook): ChainCallback {
  const nothing = () => undefined;
  return {
    module: { id: "pours" },
    moduleClass: Object,
    name: "Pours.pour",
    method: "pour",
    options: undefined,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    call,
    interest: { parameters: (parameters as readonly unknown[]).length, types: null, state: null },
  };
}

/** Calls each hook in each way, and each service method in two; returns everything that was written. */
async function pour(options: Omit<DecisionsOptions, "file">): Promise<{ text: string; expected: number }> {
  using folder = new RecordFolder();
  const dispatch = new Dispatch(Infinity, undefined, new SweepingBudgets());
  const decisions = new Decisions({ ...options, file: folder.file });
  const log = { warn: () => undefined, error: (message: string) => expect.fail(message) };
  await decisions.start({ dispatch, log, asksServices: () => true });
  let fails = false;
  const offered = (Object.keys(SERVICES) as ServiceName[])
    .filter((name) => name !== "Clock" && name !== "Scheduler")
    .flatMap((name) => methodsOf(name, () => fails));
  let expected = 0;
  let asked = 0;
  for (const [name, hook] of HOOKS) {
    const chain: Chain = dispatch.newChain(name, hook);
    const parameters = hook.parameters as readonly Parameter[];
    for (const way of WAYS) {
      chain.setCallbacks([
        callback(async (...given) => {
          const args = given.slice(0, parameters.length);
          for (const arg of args) if (arg instanceof StateMap) void [...(arg as StateMap<unknown>)];
          const one = offered[asked++ % offered.length]!;
          const answer = await one.call(...one.args({ headers: marked("body") }));
          fails = true;
          await one.call(...one.args({ password: marked("secret") })).catch(() => undefined);
          fails = false;
          await setImmediate();
          return way(hook, [...args, answer]);
        }, hook),
      ]);
      const args = parameters.map(argumentOf);
      const context = { requestId: "PUT-1" };
      const [a0, a1, a2, a3, a4, a5] = [...args, context];
      expected++;
      await Promise.resolve(chain.run(context, a0, a1, a2, a3, a4, a5)).catch(() => undefined);
    }
  }
  expect(asked).to.be.above(offered.length);
  await decisions.stop();
  dispatch.stop();
  return { text: readFileSync(folder.file, "utf8"), expected };
}

describe("what is withheld from recorded decisions", () => {
  for (const personal of ["hashed", "whole", "none"] as const) {
    for (const bodies of [false, true]) {
      it(`no argument, answer, error or service result writes more than \`personal: ${personal}\`${bodies ? " and `bodies`" : ""} may show`, async () => {
        const { text, expected } = await pour({ personal, bodies, keep: "100%" });
        const lines = text.split("\n").slice(0, -1);
        expect(lines).to.have.length(expected);
        const shown = (mark: string) => {
          const at = text.indexOf(mark);
          return at < 0 ? undefined : text.slice(Math.max(0, at - 200), at + 60);
        };
        expect(shown(MARKS.secret)).to.equal(undefined);
        if (personal === "whole") expect(shown(MARKS.personal)).to.be.a("string");
        else expect(shown(MARKS.personal)).to.equal(undefined);
        if (bodies) expect(shown(MARKS.body)).to.be.a("string");
        else expect(shown(MARKS.body)).to.equal(undefined);
        expect(shown(MARKS.public)).to.be.a("string");
        expect(text.includes('{"$":"hashed"')).to.equal(personal === "hashed");
      });
    }
  }
});
