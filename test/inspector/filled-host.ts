import { inject, postConstruct } from "inversify";
import { SpamChecker, ThirdPartyRules } from "#src/catalogue/index.js";
import { decisionsOf, type Host } from "#src/container/host.js";
import type { CallbackRecord, DecisionRecord } from "#src/decisions/decision-record.js";
import { Codes } from "#src/matrix/codes.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig } from "#src/modules/tokens.js";
import { bindService } from "#src/services/bind-service.js";
import { ConfiguredServer } from "#src/services/configured-server.js";
import { Server } from "#src/services/server.js";
import { startModules } from "#src/start.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { shadowResults } from "../shadow-results.js";
import { until } from "../until.js";

@Module()
export class LinkFilter {
  static parseConfig(config: object) {
    return config;
  }

  constructor(@inject(ModuleConfig) readonly config: { readonly blocked?: readonly string[] }) {}

  @SpamChecker.checkEventForSpam()
  checkLinks({ content }: RoomEvent) {
    const { blocked = [] } = this.config;
    return blocked.some((host) => String(content["body"]).includes(host)) ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  invite(inviter: string) {
    return inviter.startsWith("@mallory:") ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }
}

@Module()
export class FloodGuard {
  @SpamChecker.checkEventForSpam()
  check({ content }: RoomEvent) {
    if (content["body"] === "crash") throw new RangeError("the window of the counter is negative");
    return NOT_SPAM;
  }
}

@Module()
export class Censor {
  @ThirdPartyRules.checkEventAllowed()
  censor() {
    return [true, null] as [boolean, null];
  }
}

@Module()
class Unreachable {
  @postConstruct()
  start() {
    throw new Error("the directory of users doesn't answer");
  }
}

/** A host with a module of each kind: one that decides, one that fails, one in shadow, one that didn't start, one disabled. */
export async function filledHost(): Promise<Host> {
  const host = await startModules({
    logger: captureLogs().logger,
    services: [
      bindService(Server, new ConfiguredServer({ serverName: "example.org", publicBaseUrl: "http://example.org/" })),
    ],
    modules: [
      {
        module: LinkFilter,
        id: "links",
        config: {
          blocked: ["bad.example"],
          api_key: "a-secret-of-links",
          notify: "https://bot:hunter22@hooks.example/",
        },
        operate: { on_failure: "deny", timeout: "2s" },
      },
      { module: FloodGuard, id: "flood", operate: { except: { sender: "@admin:*" } } },
      { module: LinkFilter, id: "stricter-links", config: { blocked: ["example"] }, operate: { mode: "shadow" } },
      { module: Censor, id: "censor" },
      { module: Unreachable, id: "directory", operate: { required: false } },
      { module: FloodGuard, id: "old-guard", operate: { mode: "disabled" } },
    ],
  });
  const { checkEventForSpam, userMayInvite } = host.hooks.spamChecker;
  for (const body of ["hello", "see bad.example", "crash", "an example", "hello"]) {
    const asked = async () => checkEventForSpam(roomEvent({ content: { body } }));
    await asked().catch(() => undefined);
  }
  await userMayInvite("@mallory:example.org", "@ann:example.org", "!den:example.org");
  // Of the three messages that no module refuses.
  await until(() => shadowResults(host) === 3);
  return host;
}

const callback = (module: string, more: Partial<CallbackRecord> = {}): CallbackRecord => ({
  module,
  callback: "LinkFilter.checkLinks",
  mode: "enforce",
  ...more,
});

/** The record of a decision that some callbacks made. @param number orders it among others */
export function decision(number: number, more: Partial<DecisionRecord> = {}): DecisionRecord {
  const time = new Date(Date.UTC(2026, 10, 28, 10) + number * 137);
  return {
    version: 1,
    id: `d-${String(number).padStart(6, "0")}`,
    time: time.toISOString(),
    hook: "SpamChecker.checkEventForSpam",
    origin: "local",
    requestId: `PUT-${number}`,
    about: { room: "!den:example.org", user: "@ann:example.org", event: `$event${number}` },
    args: [{ type: "m.room.message", sender: "@ann:example.org", content: { $: "left out" } }],
    callbacks: [
      callback("links", { answer: "NOT_SPAM", ms: 0.02 }),
      callback("flood", { callback: "FloodGuard.check", answer: "NOT_SPAM", ms: 0.34 }),
      callback("stricter-links", { mode: "shadow", answer: "NOT_SPAM", shadow: "unchanged", ms: 0.05 }),
    ],
    result: "NOT_SPAM",
    ms: 0.4,
    revision: 1,
    ...more,
  };
}

/** A decision in which a module refuses. */
export function refusal(number: number, more: Partial<DecisionRecord> = {}): DecisionRecord {
  const denial = { code: "M_FORBIDDEN", error: "Links to bad.example are not allowed", fields: {} };
  return decision(number, {
    about: { room: "!den:example.org", user: "@mallory:example.org" },
    callbacks: [
      callback("links", {
        answer: denial,
        decided: true,
        ms: 12.4,
        reads: [
          { service: "Rooms.getState", args: ["!den:example.org", "m.room.name"], answer: { name: "The den" } },
          {
            service: "HttpClient.getJson",
            args: ["https://list.example/bad"],
            error: { name: "HttpResponseError", message: "503" },
          },
        ],
      }),
      callback("flood", { callback: "FloodGuard.check", notAsked: "decided before" }),
      callback("stricter-links", { mode: "shadow", answer: denial, shadow: "unchanged", ms: 3.1 }),
    ],
    result: denial,
    ms: 12.9,
    ...more,
  });
}

/** A decision in which a callback failed, and the hook with it. */
export function failure(number: number): DecisionRecord {
  const error = { name: "RangeError", message: "the window of the counter is negative" };
  return decision(number, {
    hook: "ThirdPartyRules.checkEventAllowed",
    about: { room: { $: "hashed", of: "h:3fa9c0d1" }, user: { $: "hashed", of: "h:77b1ffe2" } },
    callbacks: [callback("censor", { callback: "Censor.censor", error, decided: true, ms: 0.2 })],
    error,
  });
}

/** A decision that the module in shadow would have made otherwise. */
function shadowed(number: number): DecisionRecord {
  const denial = { code: "M_FORBIDDEN", error: "Links to example.org are not allowed", fields: {} };
  const record = decision(number);
  const [links, flood, stricter] = record.callbacks;
  return { ...record, callbacks: [links!, flood!, { ...stricter!, answer: denial, shadow: "refuses" }] };
}

/** Which decision every so often is of which kind. */
const KINDS: readonly (readonly [every: number, make: (number: number) => DecisionRecord])[] = [
  [7, refusal],
  [31, failure],
  [43, shadowed],
  [1, decision],
];

/** Publishes decisions of all kinds, with these numbers. */
export function publish(host: Host, count: number, from = 1): void {
  const decisions = decisionsOf(host);
  for (let number = from; number < from + count; number++) {
    const [, make] = KINDS.find(([every]) => number % every === 0)!;
    decisions.publish(make(number));
  }
}
