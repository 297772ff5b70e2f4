import { expect } from "chai";
import { bindService, deny, NOT_SPAM, Users, type LigandError, type RemoteHost } from "#src/index.js";
import { startIsolated, type IsolatedOptions } from "#src/remote/isolated.js";
import { StateMap } from "#src/matrix/state-map.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding } from "./served.js";

const FOLDER = "test/fixtures/remote";
const users = bindService(Users, { isUserAdmin: async (id: string) => id === "@admin:x" } as unknown as Users);

async function isolated(
  options: Partial<IsolatedOptions> = {},
): Promise<{ host: RemoteHost; logs: readonly LogRecord[] }> {
  const { logger, records } = captureLogs();
  const configFile = `${FOLDER}/obedient.yaml`;
  const host = await startIsolated({ configFile, services: [serverBinding(), users], logger, ...options });
  return { host, logs: records };
}

function check({ hooks }: RemoteHost, body = "ham") {
  return outcomeOf(() => hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } })));
}

function codeOf(outcome: object): string {
  return (outcome as { error: LigandError }).error.code;
}

/** Asks until modules answer again: the process comes back by itself. */
async function runsAgain(host: RemoteHost): Promise<void> {
  while ("error" in (await check(host))) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("isolated modules", function () {
  this.timeout(60_000);

  it("answer, use the services of the homeserver, log into its log, and stop with it", async () => {
    const { host, logs } = await isolated();
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    expect(await check(host, "spam")).to.deep.equal({ result: deny("M_FORBIDDEN") });
    expect(await host.hooks.spamChecker.userMayPublishRoom("@admin:x", "!r:x")).to.equal(NOT_SPAM);
    expect(await host.hooks.spamChecker.userMayPublishRoom("@b:x", "!r:x")).to.deep.equal(deny("M_FORBIDDEN"));
    expect(host.info.modules.map(({ id }) => id)).to.deep.equal(["Obedient", "Asking"]);
    expect(logs.map(({ message }) => message)).to.include("connection 1: Ligand, main process");
    await host.stop();
    await host.stop();
    expect(codeOf(await check(host))).to.equal("LIGAND_REMOTE_LOST");
    expect(logs.filter(({ level }) => level === "error").map(({ message }) => message)).to.deep.equal([
      "isolated modules: the process of isolated modules does not run",
    ]);
  });

  it("that end their process follow their policies, and come back", async () => {
    const { host, logs } = await isolated();
    const { instance } = host.info;
    // An error of this hook reaches the operation; one of the next is logged and passed over.
    expect(codeOf(await check(host, "crash"))).to.equal("LIGAND_REMOTE_LOST");
    expect(codeOf(await check(host))).to.equal("LIGAND_REMOTE_LOST");
    expect(await outcomeOf(() => host.hooks.thirdPartyRules.onNewEvent(roomEvent(), new StateMap()))).to.deep.equal({
      result: undefined,
    });
    await runsAgain(host);
    expect(host.info.instance).not.to.equal(instance);
    expect(await host.hooks.spamChecker.userMayPublishRoom("@admin:x", "!r:x")).to.equal(NOT_SPAM);
    expect(logs.map(({ message }) => message)).to.include.members([
      "the process of isolated modules ended with code 7",
      "isolated modules run again",
    ]);
    await host.stop();
  });

  it("that throw outside of any call end their process alone", async () => {
    const { host, logs } = await isolated();
    await check(host, "throw");
    while (!logs.some(({ message }) => message === "isolated modules run again")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(logs.map(({ message }) => message)).to.include("the process of isolated modules ended with code 1");
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    await host.stop();
  });

  it("that are slow in one call lose that call alone", async () => {
    const { host, logs } = await isolated({ callTimeoutMs: 500, stopTimeoutMs: 500 });
    const { instance } = host.info;
    expect(codeOf(await check(host, "hang"))).to.equal("LIGAND_REMOTE_TIMEOUT");
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    expect(host.info.instance).to.equal(instance);
    expect(logs.find(({ level }) => level === "error")!.message).to.equal(
      "isolated modules: hook spamChecker.checkEventForSpam: no answer within 500 ms",
    );
    await host.stop();
  });

  it("that block their process are killed, and come back; the homeserver goes on", async () => {
    const { host, logs } = await isolated({ callTimeoutMs: 500, stopTimeoutMs: 500 });
    const { instance } = host.info;
    expect(codeOf(await check(host, "block"))).to.equal("LIGAND_REMOTE_TIMEOUT");
    await runsAgain(host);
    expect(host.info.instance).not.to.equal(instance);
    expect(logs.map(({ message }) => message)).to.include.members([
      "the process of isolated modules: no answer within 500 ms: it is killed",
      "the process of isolated modules ended with SIGKILL",
    ]);
    await host.stop();
  });

  it("that block their process are killed when the homeserver stops", async () => {
    const { host } = await isolated({ stopTimeoutMs: 200 });
    const blocked = check(host, "block");
    await host.stop();
    expect(codeOf(await blocked)).to.equal("LIGAND_REMOTE_LOST");
  });

  it("with a wrong configuration do not start, and say why", async () => {
    const { error } = (await outcomeOf(() => isolated({ configFile: `${FOLDER}/wrong.yaml` }))) as {
      error: LigandError;
    };
    expect(error.code).to.equal("LIGAND_START_FAILED");
    expect(error.message.split("\n")[0]).to.equal(
      "isolated modules did not start: the process ended with code 1: the modules: the connection was lost",
    );
    expect(error.message.match(/LIGAND_[A-Z]+_\w+/g)).to.deep.equal([
      "LIGAND_MODULE_EXPORT_NOT_FOUND",
      "LIGAND_CONFIG_UNKNOWN_KEY",
      "LIGAND_CONFIG_MISSING_KEY",
    ]);
  });

  it("that cannot be constructed do not start, and say why", async () => {
    const { error } = (await outcomeOf(() => isolated({ configFile: `${FOLDER}/failing.yaml` }))) as {
      error: LigandError;
    };
    expect(error.code).to.equal("LIGAND_START_FAILED");
    expect(error.message).to.include("caused by: cannot be constructed");
  });
});
