import type { CategorySamples } from "../hooks/samples.js";
import { INVITE } from "./matrix.samples.js";
import type { unsignedFields } from "./unsigned-fields.js";

export const unsignedFieldsSamples: CategorySamples<typeof unsignedFields> = {
  addFieldToUnsigned: {
    args: [INVITE],
    empty: {},
    pass: [{}],
    decides: [],
    illegal: [null, undefined, true, "x", [], new Map()].map((answer) => [answer, "failure"] as const),
  },
};
