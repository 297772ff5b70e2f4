import { expect } from "chai";
import { Command } from "commander";
import { UsageError } from "#src/cli/option-values.js";
import { addRecordOptions, decisionsOf } from "#src/cli/record-options.js";

/** What arguments of `ligand serve` say of `decisions`. */
const given = (...args: readonly string[]) => {
  const command = addRecordOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  return decisionsOf(command.parse(args, { from: "user" }).opts());
};

const refused = async (...args: readonly string[]) => {
  const error: unknown = await given(...args).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(UsageError);
  return (error as UsageError).message;
};

describe("the options of ligand serve about recording", () => {
  it("nothing is recorded without them", async () => {
    expect(await given()).to.equal(undefined);
  });

  it("each says one thing about what is recorded, and how", async () => {
    expect(await given("--record", "d.jsonl")).to.deep.equal({ file: "d.jsonl" });
    const all = [
      ["--record", "d.jsonl"],
      ["--record-keep", "decided"],
      ["--record-keep", "SpamChecker.checkEventForSpam=10%"],
      ["--record-personal", "whole"],
      ["--record-bodies"],
      ["--record-retain", "12h"],
      ["--record-max-size", "2GiB"],
      ["--record-key", "d.key"],
    ].flat();
    expect(await given(...all)).to.deep.equal({
      file: "d.jsonl",
      keep: { "*": "decided", "SpamChecker.checkEventForSpam": "10%" },
      personal: "whole",
      bodies: true,
      retain: "12h",
      maxSize: "2GiB",
      keyFile: "d.key",
    });
  });

  it("one that has no effect without --record is refused", async () => {
    expect(await refused("--record-max-size", "1GiB")).to.equal(
      "option '--record-max-size <size>' has no effect without --record <file>.",
    );
    expect(await refused("--record-bodies")).to.equal(
      "option '--record-bodies' has no effect without --record <file>.",
    );
  });

  it("an invalid one is refused, with what was expected", async () => {
    expect(await refused("--record", "")).to.equal(
      "option '--record <file>' has an invalid argument: `file` must be a path that isn't empty, but it's an empty string.",
    );
    expect(await refused("--record", "d", "--record-retain", "5")).to.equal(
      "option '--record-retain <time>' has an invalid argument: `retain` must be a duration such as `7d` or `12h`, of a minute or more, but it's a string.",
    );
    expect(await refused("--record", "d", "--record-keep", "SpamChecker.check=10%")).to.equal(
      "option '--record-keep <which>' has an invalid argument: `keep` names \"SpamChecker.check\", which is no hook; expected one such as `SpamChecker.userMayInvite`, or `*`.",
    );
    expect(() => given("--record", "d", "--record-personal", "some")).to.throw(
      "option '--record-personal <how>' argument 'some' is invalid. Allowed choices are hashed, whole, none.",
    );
  });
});
