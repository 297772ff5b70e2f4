import { expect } from "chai";
import { BackgroundUpdates, CATALOGUE } from "#src/catalogue/index.js";
import { checkCategory } from "#src/hooks/check-category.js";
import { contributionTo } from "#src/hooks/contribution.js";
import { startCategory } from "../dispatch/start-category.js";

describe("conformance: background updates", () => {
  it("case 261: the first module controls the updates, and a warning names the second", async () => {
    const exits: string[] = [];
    const slot = { enter: async () => 100, exit: async () => void exits.push("reindex") };
    const { hooks, asked, lines } = startCategory(CATALOGUE.backgroundUpdates, {
      first: { onUpdate: () => slot },
      second: { onUpdate: () => undefined, defaultBatchSize: () => 500, minBatchSize: () => 500 },
    });
    expect(lines()).to.deep.equal([
      {
        level: "warn",
        module: "second",
        message:
          "module second is ignored in BackgroundUpdates: only the first module of the configuration takes part, which is first",
        category: "BackgroundUpdates",
      },
    ]);
    const given = hooks.onUpdate("reindex", "master", false)!;
    expect(await given.enter()).to.equal(100);
    await given.exit();
    expect(exits).to.deep.equal(["reindex"]);
    expect(hooks.defaultBatchSize("reindex", "master")).to.equal(undefined);
    expect(hooks.minBatchSize("reindex", "master")).to.equal(undefined);
    expect(asked).to.deep.equal(["first"]);
  });

  it("case 262: a module that controls batch sizes alone refuses start-up", () => {
    class Module {
      @BackgroundUpdates.defaultBatchSize()
      size() {
        return 500;
      }
    }
    const contribution = contributionTo("BackgroundUpdates", { id: "m" }, Module)!;
    expect(checkCategory(CATALOGUE.backgroundUpdates, [contribution])).to.deep.equal([
      {
        code: "LIGAND_HOOK_REQUIRES",
        message:
          "module m registers BackgroundUpdates.defaultBatchSize without BackgroundUpdates.onUpdate; expected both",
        remedy: "Register the hook that is needed as well.",
      },
    ]);
  });
});
