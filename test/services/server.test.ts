import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { ParsedUserId, RoomAlias } from "#src/matrix/identifiers.js";
import { ConfiguredServer } from "#src/services/configured-server.js";

describe("ConfiguredServer", () => {
  it("case 464: ConfiguredServer has defaults for everything but the server name", () => {
    const server = new ConfiguredServer({ serverName: "example.org" });
    expect(Object.fromEntries(Object.entries(server))).to.deep.equal({
      serverName: "example.org",
      publicBaseUrl: "https://example.org/",
      emailAppName: "Matrix",
      workerName: null,
      workerApp: null,
      customTemplateDir: null,
    });
    expect(server.shouldRunBackgroundTasks()).to.equal(true);
  });

  it("case 464: ConfiguredServer ends the base URL with a slash", () => {
    const url = (publicBaseUrl: string) => new ConfiguredServer({ serverName: "x", publicBaseUrl }).publicBaseUrl;
    expect([url("https://m.x"), url("https://m.x/")]).to.deep.equal(["https://m.x/", "https://m.x/"]);
  });

  it("ConfiguredServer runs background tasks in the main process by default", () => {
    const runs = (settings: object) =>
      new ConfiguredServer({ serverName: "x", ...settings }).shouldRunBackgroundTasks();
    expect([
      runs({ workerApp: "worker" }),
      runs({ workerApp: "worker", runBackgroundTasks: true }),
      runs({ runBackgroundTasks: false }),
    ]).to.deep.equal([false, true, false]);
  });

  it("ConfiguredServer refuses an empty server name", () => {
    expect(() => new ConfiguredServer({ serverName: "" })).to.throw(
      LigandError,
      "serverName is empty; expected a name such as example.org",
    );
  });

  it("ConfiguredServer compares the domain of parsed ids, port included", () => {
    const server = new ConfiguredServer({ serverName: "example.org:8448" });
    expect([
      server.isMine(ParsedUserId.fromString("@a:example.org:8448")),
      server.isMine(RoomAlias.fromString("#a:example.org")),
      server.isMine("!version12"),
    ]).to.deep.equal([true, false, false]);
  });
});
