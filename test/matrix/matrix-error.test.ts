import { expect } from "chai";
import { Codes, InvalidCredentialsError, MatrixError } from "#src/index.js";
import { faultOf } from "#src/matrix/error-content.js";
import { decodeError, encodeError } from "#src/remote/wire/wire-errors.js";

describe("MatrixError", () => {
  it("case 428: the code is M_UNKNOWN unless one is given, and fields stand beside it and the message", () => {
    expect(new MatrixError(500, "broken").body()).to.deep.equal({ errcode: "M_UNKNOWN", error: "broken" });
    const error = new MatrixError(403, "no", Codes.FORBIDDEN, { fields: { score: 3 }, headers: { "x-why": "so" } });
    expect(error.body()).to.deep.equal({ errcode: "M_FORBIDDEN", error: "no", score: 3 });
    expect(error.headers).to.deep.equal({ "x-why": "so" });
    expect(new InvalidCredentialsError("old", Codes.UNKNOWN_TOKEN, { softLogout: true }).body()).to.deep.equal({
      errcode: "M_UNKNOWN_TOKEN",
      error: "old",
      soft_logout: true,
    });
  });

  it("case 428: fields of the names errcode and error win, also beyond a process, and don't hide a code that logs out", () => {
    const fields = { errcode: "M_MINE", error: "mine", score: 1 };
    const error = new MatrixError(403, "no", Codes.FORBIDDEN, { fields });
    expect(error.body()).to.deep.equal(fields);
    const crossed = decodeError(encodeError(error), "a call") as MatrixError;
    expect([crossed.status, crossed.errcode, crossed.body()]).to.deep.equal([403, "M_FORBIDDEN", fields]);
    const strange = new MatrixError(403, "no", Codes.FORBIDDEN, { fields: { error: 5 } });
    expect((decodeError(encodeError(strange), "a call") as MatrixError).body()).to.deep.equal(strange.body());
    const ending = new MatrixError(403, "no", Codes.FORBIDDEN, { fields: { errcode: "M_UNKNOWN_TOKEN" } });
    expect(faultOf(ending)).to.equal("with the code M_UNKNOWN_TOKEN, which logs clients out");
  });
});
