import type { CategorySamples } from "../hooks/samples.js";
import type { accountData } from "./account-data.js";
import { ALICE, notified } from "./matrix.samples.js";

export const accountDataSamples: CategorySamples<typeof accountData> = {
  onAccountDataUpdated: {
    ...notified,
    args: [ALICE, null, "m.direct", {}],
  },
};
