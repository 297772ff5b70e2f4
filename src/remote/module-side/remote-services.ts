import type { ContainerModule } from "inversify";
import { LigandError } from "../../errors/ligand-error.js";
import { deepFreeze } from "../../matrix/json.js";
import { bindService, type ServiceToken } from "../../services/bind-service.js";
import { ConfiguredServer } from "../../services/configured-server.js";
import { Server } from "../../services/server.js";
import { LENT_SERVICES, lentMethods, SERVICES, type ServiceName } from "../../services/services.js";
import type { HomeserverInfo } from "../wire/protocol.js";

/** Calls a method of one of the homeserver's services. */
export type CallRemoteService = (service: string, method: string, args: readonly unknown[]) => Promise<unknown>;

/** The services that a homeserver in another process offers, for `services` of `startModules`. */
export function remoteServices(homeserver: HomeserverInfo, call: CallRemoteService): ContainerModule[] {
  return [bindService(Server, serverOf(homeserver)), ...lentServices(homeserver.services, call)];
}

/** Services of a homeserver in another process, by their names. */
export function lentServices(names: readonly string[], call: CallRemoteService): ContainerModule[] {
  return names.map((name) => {
    if (!Object.hasOwn(SERVICES, name)) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver offers the service ${name}, which this version of Ligand doesn't know`,
      );
    }
    if (!LENT_SERVICES.includes(name as ServiceName)) {
      throw new LigandError(
        "LIGAND_REMOTE_PROTOCOL",
        `the homeserver offers the service ${name}, which modules run in their own process`,
        { remedy: "Configure the service on the modules' side: `defaultServices` of `serve`." },
      );
    }
    const token = SERVICES[name as ServiceName] as ServiceToken<object>;
    return bindService<object>(token, remoteService(name as ServiceName, token, call));
  });
}

/** What a homeserver says of itself. A newer one may say more than is known here. */
function serverOf(homeserver: HomeserverInfo): Server {
  const { serverName, publicBaseUrl, emailAppName, workerName, workerApp, customTemplateDir } = homeserver;
  const runBackgroundTasks = homeserver.runsBackgroundTasks;
  return new ConfiguredServer({
    serverName,
    publicBaseUrl,
    emailAppName,
    workerName,
    workerApp,
    customTemplateDir,
    runBackgroundTasks,
  });
}

/** An instance of the service's class whose methods cross to the homeserver, which has the rules. */
function remoteService(name: ServiceName, token: ServiceToken<object>, call: CallRemoteService): object {
  const methods = Array.from(lentMethods(name), ([method, { isFrozen }]) => {
    const ask = (...args: unknown[]) => call(name, method, given(args));
    return [method, isFrozen ? async (...args: unknown[]) => deepFreeze(await ask(...args)) : ask] as const;
  });
  return Object.assign(Object.create(token.prototype as object) as object, Object.fromEntries(methods));
}

/** Drops trailing arguments that were omitted: the other side has the defaults. */
function given(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
