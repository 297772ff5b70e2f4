import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal, nothing } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstNonNull, illegalAnswer, onlyAnswer, readBoolean, readNumber, runAll } from "../hooks/strategies.js";
import { Codes } from "../matrix/codes.js";
import type { UserId } from "../matrix/identifiers.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { UNDECIDABLE } from "./verdicts.js";

/** The outcome of a renewal. @public */
export type Renewal = readonly [tokenValid: boolean, tokenStale: boolean, expirationTsMs: number];

const userId: Parameter = { name: "userId", summary: "the user", privacy: "personal", facet: "user" };
const notified = { answers: nothing(runAll()), failure: propagate, refusal: null, shield: false } as const;
const legacy = {
  status: "legacy",
  since: "1.39.0",
  failure: propagate,
  shield: false,
  singleOwner: true,
  replacesHomeserver: true,
  atSynapse: {
    kind: "changes",
    what: "Synapse sends no renewal mails of its own, and takes no renewal by its own token",
  },
} as const;

export const accountValidity = category({
  name: "AccountValidity",
  summary: "Decides whether accounts have expired, and is notified of registrations and logins.",
  since: "1.39.0",
  hooks: {
    isUserExpired: hook<[userId: UserId], boolean | null | undefined, boolean | undefined>({
      summary:
        "Asked on every request with a user's access token and before a push: true answers 403 `ORG_MATRIX_EXPIRED_ACCOUNT`.",
      since: "1.39.0",
      repeatable: true,
      key: "userId",
      frequent: true,
      parameters: [userId],
      answers: legal(
        "true or false to decide; null to leave it to the next module and then to the homeserver",
        firstNonNull(readBoolean("true, false or null")),
        { privacy: "public" },
      ),
      failure: propagate,
      refusal: {
        answer: true,
        effect: "every request and every push of every user fails: 403 `ORG_MATRIX_EXPIRED_ACCOUNT`",
        onlyWhenNamed: true,
      },
      shield: true,
    }),
    onUserRegistration: hook<[userId: UserId], void, void>({
      ...notified,
      summary:
        "Called after an account was created, in whatever way. An error fails the request, though the account exists.",
      since: "1.39.0",
      key: "userId",
      parameters: [userId],
    }),
    onUserLogin: hook<[userId: UserId, authProviderType: string | null, authProviderId: string | null], void, void>({
      ...notified,
      summary: "Called after a login, once the device and the token exist. A single sign-on calls it twice.",
      since: "1.98.0",
      key: "userId",
      parameters: [
        userId,
        { name: "authProviderType", summary: "the login type, such as `m.login.password`", privacy: "public" },
        { name: "authProviderId", summary: "the identity provider of a single sign-on, or null", privacy: "public" },
      ],
    }),
    onLegacySendMail: hook<[userId: UserId], void, void>({
      ...legacy,
      summary: "Called when a user asks for a renewal mail, instead of the homeserver's own renewal.",
      key: "userId",
      parameters: [userId],
      answers: nothing(onlyAnswer<void>(() => undefined)),
      refusal: null,
    }),
    onLegacyRenew: hook<[renewalToken: string], Renewal, Renewal | undefined>({
      ...legacy,
      summary: "Asked to renew the account that a token of a renewal mail belongs to.",
      parameters: [{ name: "renewalToken", summary: "the token", privacy: "secret" }],
      answers: legal("`[tokenValid, tokenStale, expirationTsMs]`", onlyAnswer(readRenewal), { privacy: "public" }),
      refusal: null,
    }),
    onLegacyAdminRequest: hook<[request: Request], number, number | undefined>({
      ...legacy,
      summary:
        "Asked by an administrator's request to set when an account expires. The administrator has already been authenticated.",
      parameters: [
        {
          name: "request",
          summary: "the request, its body not yet read",
          privacy: "secret",
          secrets: credentialsOf,
          lent: true,
        },
      ],
      answers: legal(
        "when the account expires, in milliseconds since the epoch",
        onlyAnswer(readNumber("milliseconds since the epoch")),
        { privacy: "public" },
      ),
      refusal: { error: () => new MatrixError(403, UNDECIDABLE, Codes.FORBIDDEN), effect: "403 `M_FORBIDDEN`" },
    }),
  },
});

/** The administrator's access token, from the header or the query. */
function credentialsOf(request: Request): string[] {
  const token = request.headers.get("authorization")?.split(" ").at(-1);
  return [token, new URL(request.url).searchParams.get("access_token")].filter((text) => typeof text === "string");
}

function readRenewal(answer: unknown): Renewal {
  if (Array.isArray(answer) && answer.length === 3) return answer as unknown as Renewal;
  throw illegalAnswer(answer, "[tokenValid, tokenStale, expirationTsMs]");
}
