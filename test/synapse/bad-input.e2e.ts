import { expect } from "chai";
import { PROTOCOL_VERSION } from "#src/remote/wire/protocol.js";
import { until } from "../until.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { type Answer, type MatrixClient, untilStatus } from "./matrix-client.js";
import { frame, MeddlingProxy, type Message } from "./meddling-proxy.js";

const WORD_CHECKER = [{ module: `${modulesOf("bridged-modules")}#WordChecker` }];
/** The module refuses it, the policy `allow` does not. */
const REFUSED = "own code";
const CALL_TIMEOUT_SECONDS = 5;

/** Makes the modules introduce themselves as of another protocol. */
function ofAnotherProtocol({ result }: Message): void {
  if (result && "protocol" in result) result["protocol"] = 99;
}

/** Makes the modules answer a hook of another Synapse, too. */
function withAnotherHook({ result }: Message): void {
  const hooks = result?.["hooks"] as object[] | undefined;
  hooks?.push({
    category: "spamChecker",
    hook: "askTheOracle",
    referenceName: "ask_the_oracle",
    shield: false,
    parameters: 1,
    types: null,
    state: null,
    callbacks: [],
  });
}

describe("what should not come over the bridge", () => {
  let bridged: BridgedSynapse;
  let proxy: MeddlingProxy;
  let alice: MatrixClient;
  let room: string;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.start(WORD_CHECKER);
    proxy = new MeddlingProxy(`${bridged.serve.socket}.proxy`, bridged.serve.socket);
    await proxy.listen();
  });

  after(async () => {
    await bridged.synapse?.stop();
    await proxy.stop();
    await bridged.stop();
  });

  it("a protocol of another version: Synapse doesn't start, and says what to do", async () => {
    proxy.meddle = ofAnotherProtocol;
    let message = "";
    await bridged.startSynapse({ socket: proxy.socket }).catch((error: unknown) => (message = String(error)));
    expect(message).to.include(
      `ligand serve speaks version 99 of the protocol, and this package speaks version ${PROTOCOL_VERSION}: ` +
        "install versions of ligand and ligand-synapse that belong together",
    );
  });

  it("case 505 on Synapse: a hook that Synapse doesn't know is named in the log, and the others are answered", async () => {
    proxy.meddle = withAnotherHook;
    await bridged.startSynapse({
      socket: proxy.socket,
      call_timeout: CALL_TIMEOUT_SECONDS,
      on_disconnect: { check_event_for_spam: "allow", user_may_send_state_event: "deny" },
    });
    expect(await bridged.synapse.log()).to.include(
      "Synapse 1.163.2 has no hook ask_the_oracle: the modules that use it are not asked there",
    );
    alice = await bridged.client.register("alice");
    room = await alice.createRoom();
    await refuses();
  });

  const BROKEN: Readonly<Record<string, readonly [bytes: string | Buffer, reason: string]>> = {
    "another protocol": ["HTTP/1.1 400 Bad Request\r\n\r\n", "a header of another protocol"],
    "no end of a header": ["x".repeat(5000), "no end of a header within 4096 bytes"],
    "a message that is not JSON": [frame("{nonsense"), "a message isn't JSON"],
    "a message that is no object": [frame("[1, 2]"), "a message is not an object, but list"],
    "a message that is no request and no answer": [
      frame('{"jsonrpc":"2.0"}'),
      "a message is neither a request nor a response",
    ],
    "a length that is none": ["Content-Length: much\r\n\r\n", "Content-Length is not a number"],
    "a message of 50 MB": [frame(" ".repeat(50_000_000)), "a message of 50000000 bytes is longer than 33554432"],
  };
  for (const [what, [bytes, reason]] of Object.entries(BROKEN)) {
    it(`${what}: the connection is given up, and made again`, async () => {
      proxy.say(bytes);
      await bridged.synapse.logged(`The connection to ligand serve is closed: ${reason}`);
      await refuses();
    });
  }

  it("half a message and then nothing: the call that waits follows the policy", async () => {
    const waiting = alice.sendMessage(room, "never");
    await bridged.serve.printed("a call hangs");
    proxy.say('Content-Length: 1000\r\n\r\n{"jsonrpc":"2.0","id":');
    await proxy.drop();
    expect(await waiting).to.have.property("status", 200);
    await refuses();
  });

  it("an answer that isn't of the form that its hook has is logged with its stack and follows the policy", async () => {
    proxy.meddle = ({ result }) => {
      if (result && "result" in result) result["result"] = { $: "no such form" };
    };
    expect(await alice.sendMessage(room, REFUSED)).to.have.property("status", 200);
    expect(await alice.sendState(room, "m.room.topic", { topic: "allowed" })).to.have.property("status", 403);
    expect(await upload()).to.have.property("status", 500);
    const log = await bridged.synapse.log();
    for (const [hook, policy] of [
      ["check_event_for_spam", "allow"],
      ["user_may_send_state_event", "deny"],
      ["check_media_file_for_spam", "error"],
    ]) {
      expect(log).to.match(
        new RegExp(
          `ERROR - (PUT|POST)-\\d+ - ${hook}: the bridge itself failed; the hook follows the policy ${policy} ` +
            String.raw`\(request (PUT|POST)-\d+\)\nTraceback`,
        ),
      );
    }
    expect(log).to.include("LigandError: a value came in the unknown form 'no such form'");
    proxy.meddle = withAnotherHook;
    await refuses();
  });

  const AWAY: Readonly<Record<string, readonly [leave: () => Promise<void>, comeBack: () => Promise<void>]>> = {
    "a socket that is gone": [() => proxy.stop(), () => proxy.listen()],
    "a socket without a listener": [
      () => proxy.die(),
      async () => {
        await proxy.bury();
        await proxy.listen();
      },
    ],
    "a protocol that changes at a restart": [
      async () => {
        proxy.meddle = ofAnotherProtocol;
        await proxy.drop();
        await bridged.synapse.logged(
          `No session with ligand serve at unix:${proxy.socket}: ligand serve speaks version 99 of the protocol`,
        );
      },
      async () => {
        proxy.meddle = withAnotherHook;
      },
    ],
  };
  for (const [what, [leave, comeBack]] of Object.entries(AWAY)) {
    it(`${what}: each hook follows its policy until it is well again`, async () => {
      await leave();
      await untilStatus(200, () => alice.sendMessage(room, REFUSED));
      expect(await alice.sendState(room, "m.room.topic", { topic: "allowed" })).to.have.property("status", 403);
      // The default: as Synapse treats an exception of this hook.
      expect(await upload()).to.have.property("status", 500);
      await comeBack();
      await refuses();
      await untilStatus(200, () => alice.sendState(room, "m.room.topic", { topic: "allowed" }));
      expect(await upload()).to.have.property("status", 200);
    });
  }

  it("nothing at all, from a process that hangs: no request waits longer than call_timeout, and a minute has one line", async () => {
    const lines = async () =>
      (await bridged.synapse.log())
        .split("\n")
        .filter((line) => line.includes("ligand_synapse.unanswered") && line.includes("check_event_for_spam: "));
    const before = (await lines()).length;
    bridged.serve.signal("SIGSTOP");
    const answers = await Promise.all(Array.from({ length: 20 }, () => alice.sendMessage(room, REFUSED)));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect((await lines()).length - before, "lines for twenty requests").to.be.at.most(1);
    bridged.serve.signal("SIGCONT");
    await refuses();
  });

  it("what should not come over the bridge kill -9 under load: every request is answered, by the module or by the policy", async () => {
    let isOver = false;
    const statuses = new Set<number>();
    const load = Array.from({ length: 10 }, async () => {
      while (!isOver) statuses.add((await alice.sendMessage(room, REFUSED)).status);
    });
    await until(() => statuses.has(403));
    await bridged.serve.stop("SIGKILL");
    await until(() => statuses.has(200));
    await bridged.serve.start(WORD_CHECKER);
    await refuses();
    isOver = true;
    await Promise.all(load);
    expect(statuses).to.deep.equal(new Set([200, 403]));
  });

  function upload(): Promise<Answer> {
    return alice.ask("POST", "/_matrix/media/v3/upload", new TextEncoder().encode("a file"));
  }

  /** Waits until the module answers. */
  async function refuses(): Promise<void> {
    await untilStatus(403, () => alice.sendMessage(room, REFUSED));
  }
});
