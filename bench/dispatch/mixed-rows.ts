import * as current from "ligand";
import { NOT_SPAM, type Host, type RoomEvent } from "ligand";
import { entriesOf, quietHost } from "../quiet-host.js";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { distinctSource } from "./distinct-source.js";

type Method = (...args: unknown[]) => unknown;

/** Hooks that a message or a change of membership may pass, and their arguments for an event. */
const HOOKS = {
  checkEventForSpam: (event: RoomEvent) => [event],
  shouldDropFederatedEvent: (event: RoomEvent) => [event],
  userMayJoinRoom: (event: RoomEvent) => [event.sender, event.roomId, false],
  userMayInvite: (event: RoomEvent) => [event.sender, "@bob:example.org", event.roomId],
  userMayCreateRoomAlias: (event: RoomEvent) => [event.sender, "#alias:example.org"],
  userMayPublishRoom: (event: RoomEvent) => [event.sender, event.roomId],
  userMaySend3pidInvite: (event: RoomEvent) => [event.sender, "email", "bob@example.org", event.roomId],
} as const;
type HookName = keyof typeof HOOKS;
const NAMES = Object.keys(HOOKS) as HookName[];

/** The exports of one build of Ligand. */
export type Ligand = typeof current;

/** What a homeserver does: different hooks in turn, about different events, with modules of different authors. */
export async function mixedRows(count: number, effort: Effort): Promise<Row[]> {
  const { host, subjects } = await mixed(count);
  await using _ = host;
  const samples = await interleave(subjects, undefined, effort);
  const group = `dispatch: ${NAMES.length} hooks in turn, ${EVENTS} events, ${count} async callback${count === 1 ? "" : "s"} each`;
  const target = count === 1 ? 1.05 : 1.15;
  return [
    spreadRow(group, "base: a loop for each hook", "ns", spreadOf(samples.base)),
    ratioRow(group, "ligand", ratioOf(samples.ligand, samples.base), target),
    ratioRow(group, "base of all hooks: one loop, for any arguments", ratioOf(samples.anyHook, samples.base)),
    {
      ...ratioRow(group, "ligand against the base of all hooks", ratioOf(samples.ligand, samples.anyHook), target),
      unit: "× base of all hooks",
    },
  ];
}

/** A host with so many modules, each with all the hooks, and loops by hand over callbacks of the same source. */
export async function mixed(
  count: number,
  ligand: Ligand = current,
): Promise<{ host: Host; subjects: Record<"base" | "anyHook" | "ligand", () => unknown> }> {
  const classes = Array.from({ length: count }, () => moduleClass(ligand));
  const host = await quietHost({ modules: entriesOf(classes) }, ligand);
  const instances = classes.map((Class) => new Class() as Record<HookName, Method>);
  const loops = NAMES.map((name) => handWritten(name, instances));
  const askers = NAMES.map((name) => ofAnyHook(name, instances));
  const methods = NAMES.map((name) => host.hooks.spamChecker[name] as Method);
  const events = Array.from({ length: EVENTS }, (_, index) => eventOf(ligand, index));
  return {
    host,
    subjects: { base: inTurn(loops, events), anyHook: inTurn(askers, events), ligand: inTurn(methods, events) },
  };
}

const EVENTS = 2000;

function eventOf({ RoomEvent }: Ligand, index: number): RoomEvent {
  return new RoomEvent({
    event_id: `$event${index}`,
    room_id: `!room${index % 50}:example.org`,
    type: "m.room.message",
    sender: `@user${index % 300}:example.org`,
    content: { msgtype: "m.text", body: `message ${index}` },
  });
}

function moduleClass({ Module, SpamChecker }: Ligand): new () => object {
  class Mixed {
    readonly refused = "@eve:example.org";
  }
  for (const name of NAMES) {
    const pass = name === "shouldDropFederatedEvent" ? "false" : JSON.stringify(NOT_SPAM);
    const refusal = name === "shouldDropFederatedEvent" ? "true" : '"M_FORBIDDEN"';
    const source = `async function ${name}(subject) {
      return (subject.sender ?? subject) === this.refused ? ${refusal} : ${pass};
    }`;
    Object.defineProperty(Mixed.prototype, name, { value: distinctSource(source), configurable: true, writable: true });
    const descriptor = Object.getOwnPropertyDescriptor(Mixed.prototype, name)!;
    SpamChecker[name]()(Mixed.prototype, name, descriptor as never);
  }
  Module()(Mixed);
  return Mixed;
}

const callbacksOf = (name: HookName, instances: readonly Record<HookName, Method>[]) =>
  instances.map((instance) => instance[name].bind(instance));
const passOf = (name: HookName) => (name === "shouldDropFederatedEvent" ? false : NOT_SPAM);

/** The loop that one would write for all hooks. */
async function askAll(callbacks: readonly Method[], pass: unknown, ...args: unknown[]): Promise<unknown> {
  for (const callback of callbacks) {
    const answer = await callback(...args);
    if (answer !== pass) return answer;
  }
  return pass;
}

function ofAnyHook(name: HookName, instances: readonly Record<HookName, Method>[]): Method {
  const callbacks = callbacksOf(name, instances);
  const pass = passOf(name);
  return (...args) => askAll(callbacks, pass, ...args);
}

function handWritten(name: HookName, instances: readonly Record<HookName, Method>[]): Method {
  const loop = distinctSource<(callbacks: readonly Method[], pass: unknown) => Method>(`(callbacks, pass) =>
    async (a, b, c, d) => {
      for (let index = 0; index < callbacks.length; index++) {
        const answer = await callbacks[index](a, b, c, d);
        if (answer !== pass) return answer;
      }
      return pass;
    }`);
  return loop(callbacksOf(name, instances), passOf(name));
}

/** One dispatch a call: the next hook about the next event. */
function inTurn(methods: readonly Method[], events: readonly RoomEvent[]): () => unknown {
  const questions = NAMES.map((name): ((event: RoomEvent) => readonly unknown[]) => HOOKS[name]);
  let turn = 0;
  return () => {
    const which = turn % methods.length;
    const event = events[turn++ % events.length]!;
    const [a, b, c, d] = questions[which]!(event);
    return methods[which]!(a, b, c, d);
  };
}
