import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook } from "../hooks/hook.js";
import { legal, nothing, yesOrNo } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { firstFalsy, firstNonNull, illegalAnswer, runAll } from "../hooks/strategies.js";
import { AnswerIssue, type Read } from "../hooks/strategy.js";
import type { UserId } from "../matrix/identifiers.js";
import { isPlainObject, jsonFault, type JsonObject } from "../matrix/json.js";
import { UPLOAD_LIMIT_PRIVACY } from "../matrix/privacy.js";
import type { MediaUploadLimit } from "../matrix/records.js";

const userId: Parameter = { name: "userId", summary: "the user", privacy: "personal", facet: "user" };
const experimental = { status: "experimental", failure: propagate, shield: true } as const;

export const mediaRepository = category({
  name: "MediaRepository",
  summary: "Decides what users may upload.",
  since: "1.132.0",
  hooks: {
    getMediaConfigForUser: hook<[userId: UserId], JsonObject | null | undefined, JsonObject | undefined>({
      ...experimental,
      summary: "Asked when a client asks for the configuration of the media repository.",
      since: "1.132.0",
      repeatable: true,
      key: "userId",
      parameters: [userId],
      answers: legal("the body of the response; null or `{}` to leave it to others", firstNonNull(readConfig), {
        privacy: { "m.upload.size": "public" },
      }),
      refusal: null,
    }),
    isUserAllowedToUploadMediaOfSize: hook<[userId: UserId, size: number], boolean, boolean>({
      ...experimental,
      summary:
        "Asked before an upload is read, once it is within the server's limit. A refusal answers 413 `M_TOO_LARGE`.",
      since: "1.132.0",
      repeatable: true,
      key: "userId",
      parameters: [userId, { name: "size", summary: "the declared length, in bytes", privacy: "public" }],
      answers: yesOrNo("true to allow, false to refuse", firstFalsy()),
      refusal: { answer: false, effect: "413 `M_TOO_LARGE`, as if the file were too large" },
    }),
    getMediaUploadLimitsForUser: hook<
      [userId: UserId],
      readonly MediaUploadLimit[] | null | undefined,
      readonly MediaUploadLimit[] | undefined
    >({
      ...experimental,
      summary:
        "Asked during an upload how much the user may upload within which periods. The result has the longest period first.",
      since: "1.139.0",
      repeatable: true,
      key: "userId",
      parameters: [userId],
      answers: legal("a list of limits, `[]` for none, null to leave it to others", firstNonNull(readLimits), {
        privacy: { "*": UPLOAD_LIMIT_PRIVACY },
      }),
      refusal: null,
    }),
    onMediaUploadLimitExceeded: hook<
      [userId: UserId, limit: MediaUploadLimit, sentBytes: number, attemptedBytes: number],
      void,
      void
    >({
      ...experimental,
      summary: "Called just before an upload is refused because it exceeds a limit.",
      since: "1.139.0",
      key: "userId",
      parameters: [
        userId,
        {
          name: "limit",
          summary: "the limit; each callback has a copy",
          privacy: UPLOAD_LIMIT_PRIVACY,
          copy: (limit: MediaUploadLimit) => Object.freeze({ ...limit }),
        },
        { name: "sentBytes", summary: "bytes uploaded within the period before this upload", privacy: "public" },
        { name: "attemptedBytes", summary: "bytes of this upload", privacy: "public" },
      ],
      answers: nothing(runAll()),
      refusal: null,
    }),
  },
});

/** Anything but an object leaves the answer to others, like an object without keys. */
function readConfig(answer: unknown): ReturnType<Read<JsonObject | undefined>> {
  if (!isPlainObject(answer)) return new AnswerIssue("illegal", "an object, or null", undefined);
  const fault = jsonFault(answer);
  if (fault !== undefined)
    return new AnswerIssue("illegal", `an object that JSON can carry; found ${fault}`, undefined);
  return Object.keys(answer).length > 0 ? (answer as JsonObject) : undefined;
}

function readLimits(answer: unknown): readonly MediaUploadLimit[] {
  if (!Array.isArray(answer) || !answer.every(isLimit)) throw illegalAnswer(answer, "a list of limits, or null");
  return answer.toSorted((one, other) => other.timePeriodMs - one.timePeriodMs);
}

function isLimit(item: unknown): item is MediaUploadLimit {
  const { maxBytes, timePeriodMs } = (item ?? {}) as Partial<MediaUploadLimit>;
  return Number.isFinite(maxBytes) && Number.isFinite(timePeriodMs);
}
