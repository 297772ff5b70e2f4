import { category } from "../hooks/category.js";
import { failInternally, skip } from "../hooks/failure-policy.js";
import { hook, hookWith } from "../hooks/hook.js";
import { legal, nothing, yesOrNo, type WatchFunction } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstFalse, firstNonNull, runAll } from "../hooks/strategies.js";
import { AnswerIssue, type Read, type Strategy } from "../hooks/strategy.js";
import type { DeviceId, Medium, UserId } from "../matrix/identifiers.js";
import type { JsonObject } from "../matrix/json.js";
import { askByLoginType, offer, type AuthResult, type LoginCallback } from "./auth-checkers.js";

const firstSuccess = firstNonNull(readAuthResult);
const checker = {
  answers: legal<AuthResult | null | undefined, AuthResult | undefined>(
    "`[userId, null]`, `[userId, onLogin]`, or null when the module can't tell",
    firstSuccess,
    { privacy: { 0: "personal", 1: "public" }, functions: watchOnLogin },
  ),
  failure: skip("warn"),
  refusal: null,
  shield: true,
} as const;
const medium: Parameter = { name: "medium", summary: "`email` or `msisdn`", privacy: "public" };
const address: Parameter = {
  name: "address",
  summary: "the e-mail address, canonical, or the phone number's digits",
  privacy: "personal",
};
const uiaResults: Parameter = {
  name: "uiaResults",
  summary: "what the client has verified, by stage of the user-interactive authentication",
  privacy: "secret",
};
const params: Parameter = { name: "params", summary: "the body of the registration", privacy: "secret" };

const loginResponse: Parameter = {
  name: "response",
  summary: "the response of the login",
  privacy: { access_token: "secret", refresh_token: "secret", "*": "personal" },
  mutable: true,
};

/** The first string decides; null passes; any other answer is logged and skipped. An empty string counts. */
const firstText: Strategy<undefined, string | undefined> = {
  ...firstNonNull((answer) =>
    typeof answer === "string"
      ? answer
      : new AnswerIssue<string | undefined>("illegal", "a string, or null", undefined),
  ),
  name: "first string",
  summary: "The first string decides, even an empty one; undefined when there is none.",
};

export const passwordAuth = category({
  name: "PasswordAuth",
  referenceName: "password_auth_provider",
  summary: "Authenticates users, and names new ones.",
  since: "1.46.0",
  methods: ({ authChecker, ...chains }) => askByLoginType(authChecker, chains),
  hooks: {
    authChecker: hookWith(offer)<
      [username: string, loginType: string, loginDict: JsonObject],
      AuthResult | null | undefined,
      AuthResult | undefined
    >({
      ...checker,
      summary: "Asked whether a login of its type succeeds. `host.hooks.passwordAuth.checkAuth` asks it.",
      since: "1.46.0",
      referenceName: "auth_checkers",
      atSynapse: { kind: "changes", what: "Synapse offers the login type to clients" },
      key: "username",
      parameters: [
        { name: "username", summary: "what the client sent: a localpart or a full user id", privacy: "personal" },
        { name: "loginType", summary: "the login type, such as `m.login.password`", privacy: "public" },
        { name: "loginDict", summary: "the declared fields and no others", privacy: "secret" },
      ],
    }),
    check3pidAuth: hook<
      [medium: Medium, address: string, password: string],
      AuthResult | null | undefined,
      AuthResult | undefined
    >({
      ...checker,
      summary:
        "Asked whether a login by third-party identifier and password succeeds, before the identifier is looked up here.",
      since: "1.46.0",
      key: "address",
      parameters: [medium, address, { name: "password", summary: "the password", privacy: "secret" }],
    }),
    onLoggedOut: hook<[userId: UserId, deviceId: DeviceId | null, accessToken: string], void, void>({
      summary: "Called for each access token that is no longer valid.",
      since: "1.46.0",
      key: "userId",
      parameters: [
        { name: "userId", summary: "the user", privacy: "personal", facet: "user" },
        { name: "deviceId", summary: "the device, or null for a token without one", privacy: "personal" },
        { name: "accessToken", summary: "the token, no longer valid", privacy: "secret" },
      ],
      answers: nothing(runAll()),
      refusal: null,
      failure: skip("warn", { catchCancellation: true }),
      shield: false,
    }),
    getUsernameForRegistration: hook<
      [uiaResults: JsonObject, params: JsonObject],
      string | null | undefined,
      string | undefined
    >({
      summary: "Asked for the localpart of a user who registers by a client, after all stages have been passed.",
      since: "1.52.0",
      repeatable: true,
      parameters: [uiaResults, params],
      answers: legal(
        "a localpart, or null to leave it to others; lower-cased and validated by the homeserver",
        firstText,
        { privacy: "personal" },
      ),
      refusal: null,
      failure: failInternally,
      shield: true,
    }),
    getDisplaynameForRegistration: hook<
      [uiaResults: JsonObject, params: JsonObject],
      string | null | undefined,
      string | undefined
    >({
      summary: "Asked for the display name of a user who registers by a client.",
      since: "1.54.0",
      repeatable: true,
      parameters: [uiaResults, params],
      answers: legal("a display name, or null to leave it to others", firstText, { privacy: "personal" }),
      refusal: null,
      failure: failInternally,
      shield: true,
    }),
    is3pidAllowed: hook<[medium: Medium, address: string, registration: boolean], boolean, boolean>({
      summary:
        "Asked before a third-party identifier is verified or used to register. A refusal answers 403 `M_THREEPID_DENIED`.",
      since: "1.53.0",
      repeatable: true,
      parameters: [
        medium,
        address,
        {
          name: "registration",
          summary: "whether it's for a registration, not for an existing account",
          privacy: "public",
        },
      ],
      answers: yesOrNo("true or false", firstFalse()),
      refusal: { answer: false, effect: "403 `M_THREEPID_DENIED`" },
      failure: failInternally,
      shield: true,
    }),
  },
});

function readAuthResult(answer: unknown): ReturnType<Read<AuthResult | undefined>> {
  if (Array.isArray(answer) && answer.length === 2) {
    const [userId, onLogin] = answer as [unknown, unknown];
    if (isUserId(userId) && (onLogin === null || onLogin === undefined || typeof onLogin === "function")) {
      return Object.freeze([userId, (onLogin as LoginCallback | undefined) ?? null] as const);
    }
  }
  return new AnswerIssue(
    "illegal",
    "[userId, onLogin or null] with a user id such as @alice:example.org, or null",
    undefined,
  );
}

function watchOnLogin(answer: unknown, watch: WatchFunction): unknown {
  if (!Array.isArray(answer) || answer.length !== 2) return answer;
  const [userId, onLogin] = answer as [unknown, unknown];
  if (typeof onLogin !== "function") return answer;
  return [userId, watch(onLogin as LoginCallback, { name: "onLogin", parameters: [loginResponse] })];
}

/** Synapse accepts an empty string, too. */
function isUserId(value: unknown): value is UserId {
  return typeof value === "string" && /^(?:@[^:]*:.+)?$/s.test(value);
}
