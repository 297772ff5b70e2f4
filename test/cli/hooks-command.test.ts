import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { ListedCategory } from "#src/cli/hook-list.js";
import { run } from "./captured-terminal.js";

describe("ligand hooks", () => {
  it("ligand hooks lists every hook of the catalogue, by category", async () => {
    const { code, stdout } = await run(["hooks"]);
    expect(code).to.equal(0);
    const listed = stdout.split("\n\n").map((block) => {
      const [category, , , ...hooks] = block.trim().split("\n");
      return [category, hooks.map((line) => line.trim().split(" ")[0])];
    });
    expect(listed).to.deep.equal(Object.values(CATALOGUE).map(({ name, hooks }) => [name, Object.keys(hooks)]));
    expect(stdout.slice(stdout.indexOf("Ratelimit"), stdout.indexOf("\nFederation"))).to.equal(`Ratelimit
Replaces configured rates for single users.
  hook                         since    status        result                         on an error
  getRatelimitOverrideForUser  1.132.0  experimental  first answer that is not null  the error reaches the operation
`);
  });

  it("ligand hooks says all about the hooks of one category, in whatever case it is named", async () => {
    expect(await run(["hooks", "accountdata"])).to.deep.equal({
      code: 0,
      stdout: `AccountData
Watches users' account data.

  onAccountDataUpdated
  Called after account data was written or removed, even if nothing changed. Not called for room tags.
    decorator     @AccountData.onAccountDataUpdated()
    homeserver    host.hooks.accountData.onAccountDataUpdated(userId, roomId, type, content)
    userId        the user
    roomId        the room, or null for global account data
    type          the type of the account data
    content       the new content; \`{}\` when removed
    answers       nothing
    result        every callback
    on an error   logged, next callback; cancellation too
    cancellation  reaches callbacks by the signal alone
    Synapse       on_account_data_updated, since 1.57.0, stable
`,
      stderr: "",
    });
  });

  it("ligand hooks says which arguments are secret and which rules hold", async () => {
    const password = (await run(["hooks", "PasswordAuth"])).stdout.split("\n");
    expect(password).to.include("    loginDict     the declared fields and no others; never logged");
    expect(password).to.include('    decorator     @PasswordAuth.authChecker("m.login.password", ["password"])');
    const updates = (await run(["hooks", "BackgroundUpdates"])).stdout.split("\n");
    expect(updates).to.include("    rule          only the first module of the configuration takes part");
    expect(updates).to.include("    rule          a module that registers it must register `onUpdate` as well");
  });

  it("ligand hooks writes JSON, of all categories or of one", async () => {
    const all = JSON.parse((await run(["hooks", "--json"])).stdout) as ListedCategory[];
    expect(all.map(({ property }) => property)).to.deep.equal(Object.keys(CATALOGUE));
    const one = JSON.parse((await run(["hooks", "--json", "Ratelimit"])).stdout) as ListedCategory[];
    expect(one).to.deep.equal([
      {
        category: "Ratelimit",
        property: "ratelimit",
        summary: "Replaces configured rates for single users.",
        since: "1.132.0",
        hooks: [
          {
            hook: "getRatelimitOverrideForUser",
            referenceName: "get_ratelimit_override_for_user",
            since: "1.132.0",
            status: "experimental",
            summary: "Asked at each check of a limiter for invites that a user causes. `perSecond: 0` means unlimited.",
            parameters: [
              { name: "userId", summary: "the user who makes the request", privacy: "personal", facets: ["user"] },
              {
                name: "limiterName",
                summary: "`rc_invites.per_room`, `rc_invites.per_user` or `rc_invites.per_issuer`",
                privacy: "public",
              },
            ],
            answers: "`{ perSecond, burstCount }`, or null for the configured rate",
            strategy: "first answer that is not null",
            failure: "the error reaches the operation",
            privacy: { perSecond: "public", burstCount: "public" },
            shield: true,
            rules: [],
            method: "host.hooks.ratelimit.getRatelimitOverrideForUser",
            decorator: "@Ratelimit.getRatelimitOverrideForUser()",
          },
        ],
      },
    ]);
  });

  it("ligand hooks suggests a category for one that doesn't exist", async () => {
    const { code, stdout, stderr } = await run(["hooks", "SpamChekcer"]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(stderr).to.match(/^error: unknown category 'SpamChekcer'; it must be one of SpamChecker, /);
    expect(stderr).to.include("(Did you mean SpamChecker?)");
  });
});
