import type { ServiceIdentifier } from "inversify";
import { sharedSymbol } from "../package.js";
import { SERVICES, type ServiceName } from "./services.js";

const NAME: unique symbol = sharedSymbol("service") as never;

for (const [name, Service] of Object.entries(SERVICES)) Object.defineProperty(Service, NAME, { value: name });

/** The class of a service here, where the one that is given is that of another copy of this package; others as they are. */
export function ownService<Token extends ServiceIdentifier>(token: Token): Token {
  if (typeof token !== "function" || !Object.hasOwn(token, NAME)) return token;
  return SERVICES[(token as unknown as { readonly [NAME]: ServiceName })[NAME]] as unknown as Token;
}
