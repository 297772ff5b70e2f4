import type { CategorySamples, HookSamples } from "../hooks/samples.js";
import type { backgroundUpdates } from "./background-updates.js";

const slot = { enter: async () => 100, exit: async () => undefined };
const batchSize: HookSamples = {
  args: ["reindex", "master"],
  empty: undefined,
  pass: [],
  decides: [[50, 50]],
  illegal: [null, undefined, "50", {}, NaN, true].map((answer) => [answer, "failure"] as const),
};

export const backgroundUpdatesSamples: CategorySamples<typeof backgroundUpdates> = {
  onUpdate: {
    args: ["reindex", "master", false],
    empty: undefined,
    pass: [],
    decides: [[slot, slot]],
    illegal: [null, undefined, "text", 5, {}, { enter: slot.enter }, Promise.resolve(slot)].map(
      (answer) => [answer, "failure"] as const,
    ),
  },
  defaultBatchSize: batchSize,
  minBatchSize: batchSize,
};
