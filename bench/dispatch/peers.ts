import "reflect-metadata";
import { GuardsConsumer } from "@nestjs/core/guards/guards-consumer.js";
import { createHooks } from "hookable";
import { Container } from "inversify";
import { NOT_SPAM, type Host, type RoomEvent } from "ligand";
import { AsyncSeriesBailHook } from "tapable";
import { spamChecker } from "#src/catalogue/spam-checker.js";
import { entriesOf, quietHost } from "../quiet-host.js";
import { checkerClass, type Checker, type Kind } from "./checkers.js";
import { strippedKernel } from "./stripped-kernel.js";

type Ask = (event: RoomEvent) => unknown;

/** The ways to ask k modules about an event, by name. `base` is what the others are compared with. `await using` stops them. */
export interface Peers extends AsyncDisposable {
  readonly host: Host;
  readonly subjects: Readonly<Record<PeerName, Ask>>;
}

export const PEERS = [
  "base",
  "ligand",
  "stripped kernel",
  "tapable",
  "hookable",
  "nest guards",
  "container.getAll",
] as const;
export type PeerName = (typeof PEERS)[number];

export async function peersOf(kind: Kind, count: number): Promise<Peers> {
  const classes = Array.from({ length: count }, () => checkerClass(kind));
  const host = await quietHost({ modules: entriesOf(classes) });
  const checkers = classes.map((Checker) => new Checker());
  const callbacks = checkers.map((checker) => checker.check.bind(checker));
  const { strategy, failure } = spamChecker.hooks.checkEventForSpam;
  const ask = host.hooks.spamChecker;
  return {
    host,
    subjects: {
      base: handWritten(callbacks),
      ligand: (event) => ask.checkEventForSpam(event),
      "stripped kernel": strippedKernel(callbacks, strategy, failure),
      tapable: tapable(kind, callbacks),
      hookable: hookable(callbacks),
      "nest guards": nestGuards(checkers),
      "container.getAll": getAll(checkers),
    },
    [Symbol.asyncDispose]: () => host.stop(),
  };
}

/** A host with so many modules, and nothing beside it. */
export async function hostOf(kind: Kind, count: number): Promise<Host> {
  return quietHost({ modules: entriesOf(Array.from({ length: count }, () => checkerClass(kind))) });
}

/** The base: an indexed loop that awaits each callback. No attribution of errors, no failure policy, no counters. */
function handWritten(callbacks: readonly Ask[]): Ask {
  return async (event) => {
    for (let index = 0; index < callbacks.length; index++) {
      const answer = await callbacks[index]!(event);
      if (answer !== NOT_SPAM) return answer;
    }
    return NOT_SPAM;
  };
}

/** The hook ends at the first answer that is not undefined, so a pass has to become undefined. */
function tapable(kind: Kind, callbacks: readonly Ask[]): Ask {
  const hook = new AsyncSeriesBailHook<[RoomEvent], unknown>(["event"]);
  callbacks.forEach((callback, index) => {
    if (kind === "sync") {
      hook.tap(`checker ${index}`, (event) => {
        const answer = callback(event);
        return answer === NOT_SPAM ? undefined : answer;
      });
    } else {
      hook.tapPromise(`checker ${index}`, async (event) => {
        const answer = await callback(event);
        return answer === NOT_SPAM ? undefined : answer;
      });
    }
  });
  return (event) => hook.promise(event);
}

/** Calls every callback in order; it has no early exit, and drops the answers. */
function hookable(callbacks: readonly Ask[]): Ask {
  const hooks = createHooks<{ check: (event: RoomEvent) => void }>();
  for (const callback of callbacks) hooks.hook("check", callback as (event: RoomEvent) => void);
  return (event) => hooks.callHook("check", event);
}

/** NestJS's own loop over guards, without HTTP. A guard answers whether it lets the event pass. */
function nestGuards(checkers: readonly Checker[]): Ask {
  const consumer = new GuardsConsumer();
  const guards = checkers.map((checker) => ({
    canActivate(context: { getArgByIndex<T>(index: number): T }): boolean | Promise<boolean> {
      const answer = checker.check(context.getArgByIndex<RoomEvent>(0));
      return answer instanceof Promise ? answer.then((settled) => settled === NOT_SPAM) : answer === NOT_SPAM;
    },
  }));
  const controller = { handle: () => undefined };
  return (event) => consumer.tryActivate(guards, [event], controller, controller.handle);
}

/** The base's loop, with the checkers asked of the container at every dispatch. */
function getAll(checkers: readonly Checker[]): Ask {
  const container = new Container();
  const token = Symbol("checkers");
  for (const checker of checkers) container.bind<Checker>(token).toConstantValue(checker);
  return async (event) => {
    // Inversify refuses nothing here: `getAll` of an unbound token is an empty list.
    for (const checker of container.getAll<Checker>(token)) {
      const answer = await checker.check(event);
      if (answer !== NOT_SPAM) return answer;
    }
    return NOT_SPAM;
  };
}
