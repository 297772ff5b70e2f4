import { execFile, type ExecFileException } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { FileUsers } from "#examples/password-auth/file-users.js";
import { StartError } from "#src/index.js";
import { testModule } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

/** Runs hash-password with a string as its standard input. */
function hashPassword(input: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["build/examples/password-auth/hash-password.js"],
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

describe("the example password-auth", () => {
  let file: string;

  before(async () => {
    file = join(await mkdtemp(join(tmpdir(), "ligand-users-")), "users.json");
  });
  after(() => rm(join(file, ".."), { recursive: true }));

  it("the example password-auth lets a user in whose hash was made by hash-password, and creates the account", async () => {
    const { code, stdout } = await hashPassword("sécret ☂\n");
    expect(code).to.equal(0);
    await writeFile(file, JSON.stringify({ carol: { password: stdout.trim() } }));
    await using kit = await testModule(FileUsers, { users_file: file });
    const logIn = (password: string) =>
      kit.homeserver.logIn({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: "carol" },
        password,
      });
    expect(await failureOf(logIn("sésret ☂"))).to.include({ status: 403 });
    expect((await logIn("sécret ☂")).userId).to.equal("@carol:example.org");
    expect(await kit.homeserver.services.users.checkUserExists("@carol:example.org")).to.equal("@carol:example.org");
  });

  it("the example password-auth hashes no empty password", async () => {
    expect(await hashPassword("\n")).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: "Usage: node build/examples/password-auth/hash-password.js < file-with-the-password\n",
    });
  });

  it("the example password-auth doesn't start with a plain password instead of a hash, and doesn't show it", async () => {
    await writeFile(file, JSON.stringify({ carol: { password: "open sesame" } }));
    const error = await testModule(FileUsers, { users_file: file }).catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(StartError);
    expect((error as StartError).message).to.include(
      "the password of carol is not a hash; make one with hash-password",
    );
    expect((error as StartError).message).to.not.include("open sesame");
  });
});
