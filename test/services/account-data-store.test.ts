import { expect } from "chai";
import type { JsonObject } from "#src/matrix/json.js";
import type { UserId } from "#src/matrix/identifiers.js";
import { failureOf } from "../failure-of.js";
import { SmallAccountData } from "./small-services.js";

describe("AccountDataStore", () => {
  it("case 495: AccountDataStore returns null for a type that isn't set, also for a local user without an account", async () => {
    const data = new SmallAccountData();
    expect(await data.getGlobal("@a:server", "type")).to.equal(null);
    expect(await data.getGlobal("@nobody:server", "type")).to.equal(null);
  });

  it("case 495: AccountDataStore stores a copy of what it is given, frozen or not", async () => {
    const data = new SmallAccountData();
    const given: JsonObject = { list: [1] };
    await data.putGlobal("@a:server", "one", given);
    (given.list as number[]).push(2);
    await data.putGlobal("@a:server", "two", (await data.getGlobal("@a:server", "one"))!);
    await data.putGlobal("@a:server", "three", {});
    expect([...data.stored]).to.deep.equal([
      ["@a:server one", { list: [1] }],
      ["@a:server two", { list: [1] }],
      ["@a:server three", {}],
    ]);
    expect(Object.isFrozen(data.stored.get("@a:server two"))).to.equal(false);
  });

  const refused: [string, string, object][] = [
    ["a malformed id", "a", { status: 400, errcode: "M_INVALID_PARAM" }],
    [
      "a user of another server",
      "@a:elsewhere",
      { message: "user @a:elsewhere belongs to another server; only local users have account data" },
    ],
    ["a user without an account", "@nobody:server", { message: "user @nobody:server has no account on this server" }],
  ];
  for (const [what, userId, error] of refused) {
    it(`AccountDataStore stores nothing for ${what}`, async () => {
      const data = new SmallAccountData();
      expect(await failureOf(data.putGlobal(userId as UserId, "type", {}))).to.include(error);
      expect(data.stored.size).to.equal(0);
    });
  }

  it("AccountDataStore complains of the type before the data, and of both before the account", async () => {
    const data = new SmallAccountData();
    const type = 1 as unknown as string;
    const list = [] as unknown as JsonObject;
    expect(await failureOf(data.putGlobal("@nobody:server", type, list))).to.include({
      message: "the type of account data must be a string, but it's of type number",
    });
    expect(await failureOf(data.putGlobal("@nobody:server", "type", list))).to.include({
      message: "account data must be a plain object",
    });
  });
});
