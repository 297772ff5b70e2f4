import { category } from "../hooks/category.js";
import { propagate } from "../hooks/failure-policy.js";
import { hook, syncHook } from "../hooks/hook.js";
import { legal, type WatchFunction } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { illegalAnswer, onlyAnswer, readNumber } from "../hooks/strategies.js";

/** The time that one iteration of a background update may take. @public */
export interface BackgroundUpdateSlot {
  /** Waits until the iteration may run. Resolves with how long it should take, in milliseconds. */
  enter(): Promise<number>;
  /** Called after the iteration, with its error when it failed. */
  exit(error?: unknown): Promise<void>;
}

/** How long Synapse lets an iteration take where no module says it, in milliseconds. */
const OWN_PACE_MS = 100;

const updateName: Parameter = { name: "updateName", summary: "the name of the background update", privacy: "public" };
const databaseName: Parameter = {
  name: "databaseName",
  summary: "the database, such as `master`",
  privacy: "public",
};
const controlled = {
  since: "1.49.0",
  failure: propagate,
  refusal: null,
  shield: false,
  atSynapse: { kind: "changes", what: "Synapse doesn't pause between the iterations of its background updates" },
} as const;

export const backgroundUpdates = category({
  name: "BackgroundUpdates",
  referenceName: "background_update_controller",
  summary: "Controls when the homeserver's background updates run, and how much each iteration does.",
  since: "1.49.0",
  firstModuleOnly: true,
  hooks: {
    onUpdate: syncHook<
      [updateName: string, databaseName: string, oneShot: boolean],
      BackgroundUpdateSlot,
      BackgroundUpdateSlot | undefined
    >({
      ...controlled,
      passing: { enter: async () => OWN_PACE_MS, exit: async () => undefined },
      summary: "Asked before each iteration of a background update. Answers immediately, not with a promise.",
      parameters: [
        updateName,
        databaseName,
        {
          name: "oneShot",
          summary: "whether one iteration does the whole update, however long it takes",
          privacy: "public",
        },
      ],
      answers: legal("a `BackgroundUpdateSlot`", onlyAnswer(readSlot), { privacy: "public", functions: watchSlot }),
    }),
    defaultBatchSize: hook<[updateName: string, databaseName: string], number, number | undefined>({
      ...controlled,
      summary: "Asked how many items the first iteration of an update processes.",
      repeatable: true,
      parameters: [updateName, databaseName],
      answers: legal("a number of items", onlyAnswer(readNumber("a number of items")), { privacy: "public" }),
      requires: ["onUpdate"],
    }),
    minBatchSize: hook<[updateName: string, databaseName: string], number, number | undefined>({
      ...controlled,
      summary: "Asked for the minimum number of items of an iteration; not for the first one.",
      repeatable: true,
      parameters: [updateName, databaseName],
      answers: legal("a number of items, 1 or more", onlyAnswer(readNumber("a number of items")), {
        privacy: "public",
      }),
      requires: ["onUpdate"],
    }),
  },
});

/** Whether a value is a slot, which may be an object of any class. */
export function isSlot(value: unknown): value is BackgroundUpdateSlot {
  const { enter, exit } = (value ?? {}) as Partial<BackgroundUpdateSlot>;
  return typeof enter === "function" && typeof exit === "function";
}

function watchSlot(answer: unknown, watch: WatchFunction): unknown {
  if (!isSlot(answer)) return answer;
  return {
    enter: watch(() => answer.enter(), { name: "enter", parameters: [], read: readNumber("a number of milliseconds") }),
    exit: watch((...error: [error?: unknown]) => answer.exit(...error), {
      name: "exit",
      parameters: [{ name: "error", summary: "why the iteration failed", privacy: "public" }],
    }),
  } satisfies BackgroundUpdateSlot;
}

function readSlot(answer: unknown): BackgroundUpdateSlot {
  if (isSlot(answer)) return answer;
  throw illegalAnswer(answer, "an object with the methods enter and exit");
}
