import { expect } from "chai";
import { LigandError } from "#src/index.js";
import { SupervisedProcess, type ReplaceableProcess } from "#src/remote/homeserver-side/supervised-process.js";
import { ownProcess } from "#src/remote/homeserver-side/process-names.js";
import { captureLogs } from "#src/testing/captured-logs.js";

describe("SupervisedProcess", () => {
  it("SupervisedProcess kills a process that doesn't answer while it starts: it wouldn't stop either", async () => {
    const killed: string[] = [];
    const process: ReplaceableProcess = {
      link: undefined,
      written: [],
      killedBecause: undefined,
      ended: new Promise(() => undefined),
      watch: () => undefined,
      kill: (why) => void killed.push(why),
      stop: async () => undefined,
    };
    const { logger } = captureLogs();
    const supervised = new SupervisedProcess({ names: ownProcess("words"), newProcess: () => process, logger });
    supervised.begin();
    const cause = new LigandError("LIGAND_REMOTE_TIMEOUT", "module words: no answer within 35000 ms");
    expect((await supervised.startError(cause)).problems).to.deep.equal([
      {
        code: "LIGAND_REMOTE_TIMEOUT",
        message: "module words failed to start",
        remedy: "Look for a loop that never ends, at the top level or in a constructor, or raise `startTimeoutMs`.",
        cause,
      },
    ]);
    expect(killed).to.deep.equal(["it's blocked"]);
  });
});
