import { expect } from "chai";
import fc from "fast-check";
import { formatPath, parsePath } from "#src/config/config-path.js";

describe("paths in a config", () => {
  it("paths in a config are written as in JavaScript", () => {
    expect(formatPath("modules[1].config", ["rules", 0, "pattern"])).to.equal("modules[1].config.rules[0].pattern");
    expect(formatPath("", ["a", "max-size", "b.c", "", "ü"])).to.equal('a.max-size["b.c"][""].ü');
    expect(formatPath("config", [])).to.equal("config");
  });

  it("paths in a config are read as they are written", () => {
    const key = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,5}$/);
    fc.assert(
      fc.property(fc.array(fc.oneof(key, fc.nat(99)), { maxLength: 5 }), (path) => {
        expect(parsePath(formatPath("", path))).to.deep.equal(path);
        expect(parsePath(path)).to.equal(path);
      }),
    );
  });
});
