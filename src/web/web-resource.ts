import "reflect-metadata";
import { assertCalled } from "../hooks/decorator-use.js";
import { checkOptions, listOf, text } from "../options/check-options.js";
import { describe } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import { assertMethod } from "../hooks/decorator-place.js";
import { sharedSymbol } from "../package.js";
import { HTTP_METHODS, DEFAULT_METHODS, type HttpMethod } from "./http-method.js";

/** Answers one request. Throw a {@link MatrixError} to answer with an error of the Matrix protocol. @public */
export type WebCallback = (request: Request) => Response | Promise<Response>;

/** Options of {@link WebResource}. @public */
export interface WebResourceOptions {
  /**
   * The HTTP methods that reach the callback; all of `GET`, `POST`, `PUT`, `PATCH` and `DELETE` by default. Unless you
   * list them, `GET` also answers `HEAD`, and Ligand answers `OPTIONS`. Others get 405 `M_UNRECOGNIZED`.
   */
  readonly methods?: readonly [HttpMethod, ...HttpMethod[]];
}

/** A method of a class that answers requests to a path. */
export interface WebResourceDeclaration {
  readonly path: string;
  readonly methods: readonly HttpMethod[];
  readonly method: string | symbol;
}

/**
 * Serves a path, and everything below it, with the decorated method: `(request: Request) => Response | Promise<Response>`.
 * Two methods of one class may share a path if their HTTP methods differ. If one path lies below another, the longer one
 * gets the request; a trailing slash makes a different path. If several modules serve one path, the first in the order of
 * the configuration keeps it.
 *
 * ```ts
 * @WebResource("/_synapse/client/greeting", { methods: ["GET"] })
 * greet(request: Request) {
 *   return Response.json({ hello: new URL(request.url).searchParams.get("name") });
 * }
 * ```
 *
 * Source: `register_web_resource` of Synapse (1.26).
 *
 * @param path an absolute path, as written in a URL; preferably `/_synapse/client/` and a name of the module's own.
 *   The homeserver's own paths are refused at start-up.
 * @throws LigandError `LIGAND_DECORATOR_MISUSED` on anything but an instance method;
 *   `LIGAND_ARGUMENT_INVALID` for unknown HTTP methods.
 *
 * @public
 */
export function WebResource(path: `/${string}`, options: WebResourceOptions = {}) {
  assertCalled('WebResource("/a/path")', path);
  checkOptions("@WebResource", options, { methods: listOf(text) });
  const methods = Object.freeze([...new Set(options.methods ?? DEFAULT_METHODS)]);
  assertMethodsKnown(path, methods);
  return <Method extends WebCallback>(
    prototype: object,
    method: string | symbol,
    _descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    assertMethod(`WebResource(${JSON.stringify(path)})`, prototype, method);
    const own = ownWebResources(prototype);
    // Decorators above a method run from the last to the first.
    const place = own.findIndex((resource) => resource.method === method);
    const resources = own.toSpliced(place === -1 ? own.length : place, 0, Object.freeze({ path, methods, method }));
    Reflect.defineMetadata(WEB_RESOURCES, resources, prototype);
  };
}

/**
 * The web resources of a class: inherited ones first, in source order. A subclass that overrides a method keeps its
 * declarations, unless it decorates the override.
 */
export function webResourcesOf(moduleClass: abstract new (...args: never[]) => object): WebResourceDeclaration[] {
  return resourcesOfPrototype(moduleClass.prototype as object);
}

/** Declares web resources of a class that stands for one of another process. */
export function declareWebResources(prototype: object, resources: readonly WebResourceDeclaration[]): void {
  Reflect.defineMetadata(WEB_RESOURCES, resources, prototype);
}

const WEB_RESOURCES = sharedSymbol("web-resources");

function resourcesOfPrototype(prototype: object | null): WebResourceDeclaration[] {
  if (prototype === null) return [];
  const own = ownWebResources(prototype);
  const inherited = resourcesOfPrototype(Object.getPrototypeOf(prototype) as object | null);
  return [...inherited.filter(({ method }) => !own.some((resource) => resource.method === method)), ...own];
}

function ownWebResources(prototype: object): readonly WebResourceDeclaration[] {
  return (Reflect.getOwnMetadata(WEB_RESOURCES, prototype) as WebResourceDeclaration[] | undefined) ?? [];
}

function assertMethodsKnown(path: string, methods: readonly string[]): void {
  if (typeof path !== "string") {
    const message = `@WebResource expects a path such as "/_synapse/client/x", found ${describe(path)}`;
    throw new LigandError("LIGAND_ARGUMENT_INVALID", message);
  }
  const unknown = methods.filter((method) => !HTTP_METHODS.some((known) => known === method));
  if (methods.length > 0 && unknown.length === 0) return;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `@WebResource(${JSON.stringify(path)}) has unknown methods ${JSON.stringify(unknown)}; expected one or more of ${HTTP_METHODS.join(", ")}`,
    { remedy: "Write HTTP methods in capital letters, or omit `methods`." },
  );
}
