import { expect } from "chai";
import { respondWithHtml } from "#src/web/respond-with-html.js";

describe("respondWithHtml", () => {
  it("case 503: respondWithHtml answers with a page in UTF-8 that can't be framed", async () => {
    const response = respondWithHtml(418, "<p>é</p>");
    expect(response.status).to.equal(418);
    expect(Object.fromEntries(response.headers)).to.deep.equal({
      "content-length": "9",
      "content-security-policy": "frame-ancestors 'none';",
      "content-type": "text/html; charset=utf-8",
      "x-frame-options": "DENY",
    });
    expect(await response.text()).to.equal("<p>é</p>");
  });
});
