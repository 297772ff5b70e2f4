import { expect } from "chai";
import { decisionsOf } from "#src/container/host.js";
import { Module, SpamChecker, startModules, ThirdPartyRules, type JsonObject, type Requester } from "#src/index.js";
import { captureLogs } from "#src/testing.js";
import { ANSWERS, THROWN } from "../faults/faults.js";
import { outcomeOf } from "../remote/served.js";

const { logger, records: logs } = captureLogs();

/** Answers, throws, and puts into its live argument what a request asks for. */
@Module()
class Faulty {
  @SpamChecker.userMayInvite()
  invite(
    _inviter: string,
    _invitee: string,
    _room: string,
    { requestId = "" }: { readonly requestId?: string },
  ): never {
    const [way, fault] = requestId.split("/") as [string, string];
    if (way === "throw") throw THROWN[fault]!();
    return ANSWERS[fault]!() as never;
  }

  @ThirdPartyRules.onCreateRoom()
  create(_: Requester, config: JsonObject, _admin: boolean, { requestId = "" }: { readonly requestId?: string }) {
    config["fault"] = ANSWERS[requestId]!() as never;
  }
}

const FAULTS = [
  ...Object.keys(ANSWERS).map((fault) => `answer/${fault}`),
  ...Object.keys(THROWN).map((fault) => `throw/${fault}`),
];

/** What each fault comes to, in words: the faults themselves may not be printed. */
async function outcomes(isRecorded: boolean): Promise<{ readonly seen: string[]; readonly recorded: number }> {
  await using host = await startModules({
    logger,
    modules: [{ module: Faulty }],
    slowStepMs: 0,
    blockedMs: 0,
    ...(isRecorded && { decisions: { personal: "whole", bodies: true } }),
  });
  const seen: string[] = [];
  const note = async (what: string, ask: () => unknown) => {
    const outcome = await outcomeOf(ask);
    const result = "error" in outcome ? (outcome.error as Error).name : typeof outcome.result;
    seen.push(`${what}: ${result}`);
  };
  for (const requestId of FAULTS) {
    await note(requestId, () => host.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs", { requestId }));
  }
  for (const requestId of Object.keys(ANSWERS)) {
    const requester = { userId: "@ann:hs" } as unknown as Requester;
    await note(`live/${requestId}`, () =>
      host.hooks.thirdPartyRules.onCreateRoom(requester, { name: "x" }, false, { requestId }),
    );
  }
  const decisions = decisionsOf(host);
  decisions.drain();
  const records = decisions.recent(1000);
  for (const record of records) expect(Buffer.byteLength(JSON.stringify(record))).to.be.below(65_536);
  return { seen, recorded: records.length };
}

describe("values that can't be recorded", () => {
  it("whatever callbacks answer, throw or change, a dispatch that's recorded comes to the same, and there is a record of it", async () => {
    const plain = await outcomes(false);
    const recorded = await outcomes(true);
    expect(recorded.seen).to.deep.equal(plain.seen);
    expect(logs.filter(({ message }) => message.includes("Can't record a decision"))).to.deep.equal([]);
    expect(recorded.recorded).to.equal(plain.seen.length);
  });
});
