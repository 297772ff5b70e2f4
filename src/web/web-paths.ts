import type { ErrorCode } from "../errors/catalogue.js";
import { problemOf, type Problem } from "../errors/problem.js";
import type { WebMount } from "./web-mount.js";

/** The paths that belong to the homeserver, including everything below them. */
export const RESERVED_WEB_PATHS: readonly string[] = [
  "/health",
  "/.well-known",
  "/_matrix/client",
  "/_matrix/federation",
  "/_matrix/key",
  "/_matrix/media/r0",
  "/_matrix/media/v1",
  "/_matrix/media/v3",
  "/_matrix/static",
  "/_matrix/consent",
  "/_matrix/saml2",
  "/_synapse/admin",
  "/_synapse/metrics",
  "/_synapse/replication",
  "/_synapse/mas",
  "/_synapse/client/pick_idp",
  "/_synapse/client/pick_username",
  "/_synapse/client/new_user_consent",
  "/_synapse/client/sso_register",
  "/_synapse/client/unsubscribe",
  "/_synapse/client/oidc",
  "/_synapse/client/saml2",
  "/_synapse/client/rendezvous",
  "/_synapse/client/password_reset/email/submit_token",
];

/** A segment as a URL shows it, without characters that mean something to a router: `:name`, `*`, `{…}` and `?`. */
const SEGMENT = /^(?!:)[\w.~!$&'()+,;=:@-]+$/;

/** A path as a class declares it. */
type Declared = Pick<WebMount, "module" | "path" | "methods">;

/** A warning for each path that a module declares but doesn't get, or declares twice. */
export function webPathConflicts(mounts: readonly Declared[]): Problem[] {
  const owners = new Map<string, { id: string; methods: Set<string> }>();
  const messages = new Map<string, Problem>();
  for (const { module, path, methods } of mounts) {
    const owner = owners.get(path) ?? { id: module.id, methods: new Set() };
    owners.set(path, owner);
    const twice = methods.filter((method) => owner.methods.has(method));
    const text =
      owner.id !== module.id
        ? `module ${JSON.stringify(module.id)} also serves the web path ${path}; module ${JSON.stringify(owner.id)} comes first and keeps it`
        : `module ${JSON.stringify(module.id)} serves ${twice.join(", ")} ${path} with two methods; the first one answers`;
    if (owner.id !== module.id || twice.length > 0) {
      messages.set(text, problemOf("LIGAND_WEB_PATH_TAKEN", text, { severity: "warning", position: module.position }));
    }
    if (owner.id === module.id) for (const method of methods) owner.methods.add(method);
  }
  return [...messages.values()];
}

/** Everything wrong with the paths that modules serve: malformed ones, and those that belong to the homeserver. */
export function validateWebPaths(mounts: readonly Pick<WebMount, "module" | "path">[]): Problem[] {
  const seen = new Set<string>();
  return mounts.flatMap((mount) => {
    const key = JSON.stringify([mount.module.id, mount.path]);
    if (seen.has(key)) return [];
    seen.add(key);
    return pathProblems(mount);
  });
}

/** Whether one of the paths serves that of a request: it's the same, or the request's lies below it. */
export function servesPath(served: readonly Pick<WebMount, "path">[], path: string): boolean {
  return served.some((one) => path === one.path || path.startsWith(one.path.endsWith("/") ? one.path : `${one.path}/`));
}

function pathProblems({ module, path }: Pick<WebMount, "module" | "path">): Problem[] {
  const problem = (code: ErrorCode, reason: string) => {
    const served = `module ${JSON.stringify(module.id)} serves the web path ${JSON.stringify(path)}`;
    return [problemOf(code, `${served}: ${reason}`, { position: module.position })];
  };
  const malformed = malformedPart(path);
  if (malformed) return problem("LIGAND_WEB_PATH_INVALID", malformed);
  const withoutSlash = path.replace(/\/$/, "");
  const reserved = RESERVED_WEB_PATHS.find((own) => isAtOrBelow(withoutSlash, own));
  if (reserved) return problem("LIGAND_WEB_PATH_RESERVED", `\`${reserved}\` belongs to the homeserver`);
  const covered = RESERVED_WEB_PATHS.find((own) => isAtOrBelow(own, withoutSlash));
  return covered ? problem("LIGAND_WEB_PATH_RESERVED", `it would shadow the homeserver's \`${covered}\``) : [];
}

function malformedPart(path: string): string | undefined {
  if (!path.startsWith("/")) return "expected an absolute path, starting with `/`";
  const segments = path.slice(1).split("/");
  // The last segment is empty if the path ends with a slash; "/" alone counts as a reserved path.
  if (segments.at(-1) === "") segments.pop();
  if (segments.includes("")) return "it contains an empty segment (`//`)";
  if (segments.some((segment) => segment === "." || segment === "..")) return "it contains a segment `.` or `..`";
  const wrong = segments.find((segment) => !SEGMENT.test(segment));
  if (wrong === undefined) return undefined;
  return `the segment ${JSON.stringify(wrong)} isn't plain text. A web resource receives everything below its path, so patterns, queries and percent-encoding don't belong in it`;
}

function isAtOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
