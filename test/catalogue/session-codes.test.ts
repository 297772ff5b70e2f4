import { expect } from "chai";
import { spamChecker } from "#src/catalogue/spam-checker.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { Codes, type Code } from "#src/matrix/codes.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { SESSION_CODES } from "#src/matrix/session-codes.js";
import { Denial, deny, FORBIDDEN } from "#src/matrix/verdict.js";
import { roomEvent } from "#src/testing/builders.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";

/** What a checker's callback comes to, and what is logged of it. */
async function asked(hook: "checkEventForSpam" | "userMayJoinRoom", callback: Callback) {
  const { hooks, lines } = startCategory(spamChecker, { Checker: { [hook]: callback } });
  const ask = { checkEventForSpam: [roomEvent()], userMayJoinRoom: ["@a:x", "!r:x", false] }[hook];
  try {
    return { result: await (hooks[hook] as Callback)(...ask, { requestId: "PUT-1" }), lines: lines() };
  } catch (error) {
    return { error, lines: lines() };
  }
}

const messages = (lines: readonly object[]) => lines.map((line) => (line as { message: string }).message);

describe("codes on which clients end the session", () => {
  it("the codes that make clients end the session are the ones that Ligand's documentation lists", () => {
    expect(SESSION_CODES).to.deep.equal([
      "M_UNKNOWN_TOKEN",
      "M_MISSING_TOKEN",
      "M_USER_LOCKED",
      "ORG_MATRIX_MSC3939_USER_LOCKED",
      "M_CONSENT_NOT_GIVEN",
    ]);
  });

  for (const code of SESSION_CODES) {
    it(`deny() and Denial refuse ${code}, as the code and as the field errcode`, () => {
      const makers = [
        () => deny(code),
        () => new Denial(code, undefined, {}),
        () => deny(Codes.FORBIDDEN, { errcode: code }),
        () => new Denial(Codes.FORBIDDEN, "no", { errcode: code }),
      ];
      for (const make of makers) {
        expect(make)
          .to.throw(LigandError, `${code} logs clients out; a verdict can't carry it`)
          .with.property("remedy", "Deny with another code, such as Codes.FORBIDDEN.");
      }
    });

    const forged = Object.create(Denial.prototype, { code: { value: code }, fields: { value: {} } }) as Denial;
    const ways: Readonly<Record<string, unknown>> = {
      "a plain code": code,
      "a pair": [code, {}],
      "a pair with the field errcode": [Codes.FORBIDDEN, { errcode: code }],
      "a denial that was not made by its constructor": forged,
    };
    for (const [way, answer] of Object.entries(ways)) {
      it(`${code} as ${way} denies with M_FORBIDDEN in its place, and the log names the module`, async () => {
        const { result, lines } = await asked("userMayJoinRoom", () => answer);
        expect(result).to.deep.equal(FORBIDDEN);
        expect(messages(lines)).to.have.lengthOf(1);
        expect(messages(lines)[0]).to.match(
          /^callback Checker.userMayJoinRoom of module Checker on SpamChecker.userMayJoinRoom returned an answer that the hook doesn't accept: .*; expected a code that leaves clients logged in, such as Codes.FORBIDDEN$/,
        );
      });
    }

    it(`${code} isn't taken for the text of a denial`, async () => {
      const { result } = await asked("checkEventForSpam", () => code);
      expect((result as Denial).code).to.equal("M_FORBIDDEN");
      expect((result as Denial).error).to.equal("This message was rejected as probable spam");
    });

    const thrown: Readonly<Record<string, MatrixError>> = {
      "as its code": new MatrixError(403, "no", code),
      "among its fields": new MatrixError(403, "no", Codes.FORBIDDEN, { fields: { errcode: code } }),
    };
    for (const [where, error] of Object.entries(thrown)) {
      it(`a MatrixError with ${code} ${where} counts as a failure of the callback that throws it`, async () => {
        const outcome = await asked("checkEventForSpam", () => {
          throw error;
        });
        if (error.body()["errcode"] !== code) return expect(outcome.error).to.equal(error);
        expect(outcome.error).to.be.instanceOf(LigandError);
        expect((outcome.error as LigandError).cause).to.equal(error);
        expect(messages(outcome.lines)).to.deep.equal([
          `callback Checker.checkEventForSpam of module Checker on SpamChecker.checkEventForSpam failed: the callback threw a MatrixError with the code ${code}, which logs clients out`,
        ]);
      });
    }
  }

  it("a code in another case doesn't compile, and is refused at run time", () => {
    // @ts-expect-error Codes are upper case.
    expect(() => deny("M_Custom")).to.throw(LigandError, "M_Custom");
    expect(deny("M_CUSTOM").code).to.equal("M_CUSTOM");
  });

  it("other codes pass in all of these ways", async () => {
    const code: Code = "ORG_EXAMPLE_RED_LIGHT";
    for (const answer of [code, [code, {}], deny(code)]) {
      expect((await asked("userMayJoinRoom", () => answer)).result).to.deep.equal(deny(code));
    }
  });
});
