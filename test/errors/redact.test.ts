import { expect } from "chai";
import fc from "fast-check";
import { redact } from "#src/errors/redact.js";

describe("redact", () => {
  it("redact replaces every occurrence of every secret", () => {
    expect(redact("hunter2 and swordfish and hunter2", ["hunter2", "swordfish"])).to.equal(
      "[redacted] and [redacted] and [redacted]",
    );
  });

  it("redact takes the longest secret where one contains another", () => {
    expect(redact("got 'abcd1234'", ["abcd", "abcd1234"])).to.equal("got '[redacted]'");
  });

  it("redact leaves nothing of secrets that overlap", () => {
    expect(redact("x abcdefgh y", ["abcdef", "defgh"])).to.equal("x [redacted] y");
    expect(redact("aaaaaa", ["aaaa"])).to.equal("[redacted]");
  });

  it("redact doesn't look for secrets of fewer than four characters", () => {
    expect(redact("a cat sat", ["cat", "", "a"])).to.equal("a cat sat");
  });

  it("redact finds a secret that is quoted as JSON or in a URL", () => {
    const secret = 'pass"wo rd/é';
    expect(redact(JSON.stringify({ secret }), [secret])).to.equal('{"secret":"[redacted]"}');
    expect(redact(`/login?p=${encodeURIComponent(secret)}`, [secret])).to.equal("/login?p=[redacted]");
  });

  it("redact treats half a surrogate pair as ordinary text", () => {
    expect(redact("a \ud800abc b", ["\ud800abc"])).to.equal("a [redacted] b");
  });

  it("law: keeps the texts around secrets and nothing of a secret", () => {
    const around = fc.stringMatching(/^[a-m ]{0,10}$/);
    const secret = fc.stringMatching(/^[n-z0-9"\\%é]{4,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(around, secret), { maxLength: 5 }), around, (parts, end) => {
        const text = parts.map(([before, hidden]) => `${before} ${hidden} `).join("") + end;
        const expected = parts.map(([before]) => `${before} [redacted] `).join("") + end;
        const secrets = parts.map(([, hidden]) => hidden);
        expect(redact(text, secrets)).to.equal(expected);
      }),
    );
  });
});
