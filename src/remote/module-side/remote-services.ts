import type { ContainerModule } from "inversify";
import { LigandError } from "../../errors/ligand-error.js";
import { deepFreeze } from "../../matrix/json.js";
import type { AccountDataStore } from "../../services/account-data-store.js";
import { bindService, type ServiceToken } from "../../services/bind-service.js";
import { ConfiguredServer } from "../../services/configured-server.js";
import type { PushRules } from "../../services/push-rules.js";
import { Server } from "../../services/server.js";
import { LOCAL_SERVICES, SERVICES, type ServiceName } from "../../services/services.js";
import type { HomeserverInfo } from "../wire/protocol.js";

/** Calls a method of a service of the homeserver. */
export type CallRemoteService = (service: string, method: string, args: readonly unknown[]) => Promise<unknown>;

/** Methods that answer at once and need no homeserver: they run here. */
const LOCAL_METHODS: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  PushRules: ["checkPushRuleActions" satisfies keyof PushRules],
};

/** Methods that promise a result that nobody can change: the copy that crossed is frozen again. */
const FROZEN_RESULTS: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  AccountDataStore: ["getGlobal" satisfies keyof AccountDataStore],
};

/** The services that a homeserver in another process offers, for `services` of `startModules`. */
export function remoteServices(homeserver: HomeserverInfo, call: CallRemoteService): ContainerModule[] {
  const remote = homeserver.services.map((name) => {
    if (!Object.hasOwn(SERVICES, name)) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver offers the service ${name}, which is not known here`,
      );
    }
    if (LOCAL_SERVICES.includes(name as ServiceName)) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver offers the service ${name}, which modules have in their own process`,
        { remedy: "Configure the service where the modules run: `defaultServices` of `serve`." },
      );
    }
    const token = SERVICES[name as ServiceName] as ServiceToken<object>;
    return bindService<object>(token, remoteService(name as ServiceName, token, call));
  });
  return [bindService(Server, serverOf(homeserver)), ...remote];
}

function serverOf(homeserver: HomeserverInfo): Server {
  const { protocol: _, software: __, services: ___, runsBackgroundTasks, ...settings } = homeserver;
  return new ConfiguredServer({ ...settings, runBackgroundTasks: runsBackgroundTasks });
}

/** An object of the service's class whose methods all cross to the homeserver, which has the rules. */
function remoteService(name: ServiceName, token: ServiceToken<object>, call: CallRemoteService): object {
  const prototype = token.prototype as object;
  const methods = new Map<string, unknown>();
  return new Proxy(Object.create(prototype) as object, {
    get(target, property, receiver) {
      // A service with a method `then` would be taken for a promise wherever it is awaited.
      const isOwn = typeof property !== "string" || property === "then" || property === "constructor";
      if (isOwn || LOCAL_METHODS[name]?.includes(property)) return Reflect.get(target, property, receiver) as unknown;
      if (!methods.has(property)) methods.set(property, remoteMethod(name, property, call));
      return methods.get(property);
    },
  });
}

function remoteMethod(name: ServiceName, method: string, call: CallRemoteService) {
  const ask = (...args: unknown[]) => call(name, method, given(args));
  if (!FROZEN_RESULTS[name]?.includes(method)) return ask;
  return async (...args: unknown[]) => deepFreeze(await ask(...args));
}

/** Without what was left out at the end: the other side has the defaults. */
function given(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
