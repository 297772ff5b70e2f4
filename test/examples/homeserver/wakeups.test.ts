import { openWakeups } from "#examples/homeserver/wakeups.js";
import { wakesThoseWhoWait } from "./describe-wakeups.js";

describe("the example homeserver's wake-ups in one process", () => {
  wakesThoseWhoWait(async () => openWakeups());
});
