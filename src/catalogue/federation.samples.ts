import type { CategorySamples } from "../hooks/samples.js";
import type { federation } from "./federation.js";
import { INVITE, notified } from "./matrix.samples.js";

export const federationSamples: CategorySamples<typeof federation> = {
  onEventDeliveredOverFederation: {
    ...notified,
    args: [{ serverName: "remote.example", events: [INVITE], method: "/send" }],
  },
};
