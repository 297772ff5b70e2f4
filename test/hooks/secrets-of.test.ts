import { expect } from "chai";
import type { Parameter } from "#src/hooks/parameter.js";
import { mayHoldSecrets } from "#src/hooks/secrets-of.js";

const text: Parameter = { name: "text", summary: "a string" };

describe("mayHoldSecrets", () => {
  for (const [what, parameter, expected] of [
    ["without privacy", text, false],
    ["whose members are personal", { ...text, privacy: { sender: "personal", "*": "body" } }, false],
    ["that's a secret", { ...text, privacy: "secret" }, true],
    ["with a secret deep inside", { ...text, privacy: { login: { "*": { token: "secret" } } } }, true],
    ["whose secrets a function finds", { ...text, secrets: () => ["token"] }, true],
  ] as [string, Parameter, boolean][]) {
    it(`a parameter ${what} ${expected ? "may hold" : "holds no"} secrets`, () => {
      expect(mayHoldSecrets([text, parameter])).to.equal(expected);
    });
  }
});
