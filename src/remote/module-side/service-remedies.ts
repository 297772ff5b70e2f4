const OWN_DATABASE =
  "The homeserver's own database can't be used from another process. Give the modules their own, with " +
  "`defaultServices: { database }` of `startModules`, `startIsolated` or `serve`, or with `ligand serve --database pglite:DIRECTORY`.";
const NOT_LENT =
  "Bind the service in `services` of `startModules`, `startIsolated` or `remoteHost`; or remove the module, or use it beside a " +
  "homeserver that lends this service to other processes.";

/** What to do about a service that a module in another process than the homeserver's misses. */
export function remedyForMissing(service: string): string {
  return service === "Database" ? OWN_DATABASE : NOT_LENT;
}
