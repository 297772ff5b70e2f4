import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstNonNull, illegalAnswer, onlyAnswer, readBoolean, readNumber, runAll } from "../hooks/strategies.js";
import type { UserId } from "../matrix/identifiers.js";

/** What became of a renewal token. */
export type Renewal = readonly [tokenValid: boolean, tokenStale: boolean, expirationTsMs: number];

const userId: Parameter = { name: "userId", summary: "the user" };
const told = { answers: "nothing", strategy: runAll(), failure: propagate, shield: false } as const;
const legacy = { status: "legacy", since: "1.39.0", failure: propagate, shield: false, singleOwner: true } as const;

export const accountValidity = category({
  name: "AccountValidity",
  summary: "Decides whether accounts have expired, and is notified of registrations and logins.",
  since: "1.39.0",
  hooks: {
    isUserExpired: hook<[userId: UserId], boolean | null | undefined, boolean | undefined>({
      summary:
        "Asked on every request with a user's access token and before a push: true answers 403 `ORG_MATRIX_EXPIRED_ACCOUNT`.",
      since: "1.39.0",
      parameters: [userId],
      answers: "true or false to decide; null to leave it to the next module and then to the homeserver",
      strategy: firstNonNull(readBoolean("true, false or null")),
      failure: propagate,
      shield: true,
    }),
    onUserRegistration: hook<[userId: UserId], void, void>({
      ...told,
      summary:
        "Told after an account was created, in whatever way. An error fails the request, though the account exists.",
      since: "1.39.0",
      parameters: [userId],
    }),
    onUserLogin: hook<[userId: UserId, authProviderType: string | null, authProviderId: string | null], void, void>({
      ...told,
      summary: "Told after a login, once the device and the token exist. A single sign-on tells twice.",
      since: "1.98.0",
      parameters: [
        userId,
        { name: "authProviderType", summary: "the login type, such as `m.login.password`" },
        { name: "authProviderId", summary: "the identity provider of a single sign-on, or null" },
      ],
    }),
    onLegacySendMail: hook<[userId: UserId], void, void>({
      ...legacy,
      summary: "Told that a user asks for a renewal mail, in the place of the homeserver's own way.",
      parameters: [userId],
      answers: "nothing",
      strategy: onlyAnswer<void>(() => undefined),
    }),
    onLegacyRenew: hook<[renewalToken: string], Renewal, Renewal | undefined>({
      ...legacy,
      summary: "Asked to renew the account that a token of a renewal mail belongs to.",
      parameters: [{ name: "renewalToken", summary: "the token", secret: true }],
      answers: "`[tokenValid, tokenStale, expirationTsMs]`",
      strategy: onlyAnswer(readRenewal),
    }),
    onLegacyAdminRequest: hook<[request: Request], number, number | undefined>({
      ...legacy,
      summary:
        "Asked by an administrator's request to set when an account expires. The administrator is already known as one.",
      parameters: [{ name: "request", summary: "the request, its body not yet read", secret: credentialsOf }],
      answers: "when the account expires, in milliseconds since the epoch",
      strategy: onlyAnswer(readNumber("milliseconds since the epoch")),
    }),
  },
});

/** What the administrator proves who they are by. */
function credentialsOf(request: Request): string[] {
  const token = request.headers.get("authorization")?.split(" ").at(-1);
  return [token, new URL(request.url).searchParams.get("access_token")].filter((text) => typeof text === "string");
}

function readRenewal(answer: unknown): Renewal {
  if (Array.isArray(answer) && answer.length === 3) return answer as unknown as Renewal;
  throw illegalAnswer(answer, "[tokenValid, tokenStale, expirationTsMs]");
}
