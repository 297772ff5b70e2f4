import { expect } from "chai";
import { canonicalJson } from "#src/homeserver/canonical-json.js";

describe("canonical JSON", () => {
  it("canonical JSON sorts keys by their characters, and not by the units of UTF-16 that JavaScript compares", () => {
    const keys = ["\u{1f600}", "\uffe5", "é", "b", "ab", "a", "", "a\u{1f600}", "a\uffe5"];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 1])));
    expect(Object.keys(JSON.parse(text) as object)).to.deep.equal([
      "",
      "a",
      "ab",
      "a\uffe5",
      "a\u{1f600}",
      "b",
      "é",
      "\uffe5",
      "\u{1f600}",
    ]);
  });

  it("canonical JSON has no spaces, no escapes but those that JSON needs, and nothing that is undefined", () => {
    expect(canonicalJson({ b: [1, { d: -0, c: "\n/é" }], a: undefined })).to.equal('{"b":[1,{"c":"\\n/é","d":0}]}');
  });
});
