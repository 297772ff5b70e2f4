import { spawnSync } from "node:child_process";
import { expect } from "chai";

describe("the compiler on a method that doesn't fit its hook", () => {
  it("the compiler, on a method that doesn't fit its hook, says what the method is, and what the hook calls, in the words of an author", () => {
    const tsc = ["node_modules/typescript/bin/tsc", "-p", "test/fixtures/compile-errors", "--pretty", "false"];
    const { stdout } = spawnSync(process.execPath, tsc, { encoding: "utf8" });
    const assigned = /Argument of type '(.*)' is not assignable to parameter of type '(.*)'\./g;
    expect(Array.from(stdout.matchAll(assigned), ([, found, expected]) => [found, expected])).to.deep.equal([
      [
        "TypedPropertyDescriptor<(_event: RoomEvent) => boolean>",
        "TypedPropertyDescriptor<(event: RoomEvent, context: HookContext) => MaybePromise<SpamAnswer>>",
      ],
      [
        "TypedPropertyDescriptor<(event: RoomEvent) => RoomEventDict>",
        "TypedPropertyDescriptor<(event: RoomEvent, stateEvents: StateMap<RoomEvent>, context: HookContext) => MaybePromise<EventAllowed>>",
      ],
    ]);
    expect(stdout).not.to.include("Hook<");
  });
});
