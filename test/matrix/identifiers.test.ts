import { expect } from "chai";
import { Codes, MatrixError, ParsedUserId, RoomAlias } from "#src/index.js";

describe("identifiers", () => {
  it("case 501: parsed ids are split at the first colon, so that a server may have a port", () => {
    const { localpart, domain } = ParsedUserId.fromString("@a:example.org:8448");
    expect([localpart, domain]).to.deep.equal(["a", "example.org:8448"]);
    const alias = RoomAlias.fromString("#tea:example.org");
    expect([alias.localpart, alias.domain, alias.toString()]).to.deep.equal(["tea", "example.org", "#tea:example.org"]);
  });

  it("case 501: an id without its sigil or without a colon is 400 M_INVALID_PARAM", () => {
    for (const parse of [
      () => ParsedUserId.fromString("a:example.org"),
      () => ParsedUserId.fromString("@a"),
      () => RoomAlias.fromString("tea:example.org"),
      () => RoomAlias.fromString("#tea"),
    ]) {
      expect(parse).to.throw(MatrixError).and.to.include({ status: 400, errcode: Codes.INVALID_PARAM });
    }
  });
});
