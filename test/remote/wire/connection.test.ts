import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { ChannelConnection } from "#src/remote/wire/connection.js";
import { Peer } from "#src/remote/wire/peer.js";
import { ReadBody } from "#src/remote/wire/protocol.js";

/** One end of the channel of messages between two processes. */
class ChannelEnd extends EventEmitter {
  connected = true;
  other!: ChannelEnd;

  static pair(): [ChannelEnd, ChannelEnd] {
    const [here, there] = [new ChannelEnd(), new ChannelEnd()];
    [here.other, there.other] = [there, here];
    return [here, there];
  }

  send(message: unknown, sent: (error: Error | null) => void): boolean {
    setImmediate(() => {
      this.other.emit("message", message);
      sent(null);
    });
    return true;
  }

  disconnect(): void {
    for (const end of [this, this.other]) {
      end.connected = false;
      setImmediate(() => end.emit("disconnect"));
    }
  }
}

describe("ChannelConnection", () => {
  it("ChannelConnection carries what two peers say, in order, and ends on both sides when one closes it", async () => {
    const [here, there] = ChannelEnd.pair().map((end) => new ChannelConnection(end));
    const closed = [once(here!, "close"), once(there!, "close")];
    const [asking, answering] = [new Peer(here!), new Peer(there!)];
    answering.answer(ReadBody, async ({ id }) => `body ${id}`);
    for (const peer of [asking, answering]) peer.listen();
    const bodies = [1, 2, 3].map((id) => asking.ask(ReadBody, { id }, "a test"));
    expect(await Promise.all(bodies)).to.deep.equal(["body 1", "body 2", "body 3"]);
    answering.close();
    await Promise.all(closed);
    expect(await Promise.all([asking.closed, answering.closed])).to.deep.equal([undefined, undefined]);
  });

  it("ChannelConnection passes over messages that aren't its own, and fails to write once the channel is closed", async () => {
    const [end, other] = ChannelEnd.pair();
    const connection = new ChannelConnection(end);
    const chunks: Buffer[] = [];
    connection.on("data", (chunk: Buffer) => chunks.push(chunk));
    const closed = once(connection, "close");
    other.send("a module may send this", () => undefined);
    other.send(Buffer.from("its own"), () => other.disconnect());
    await closed;
    expect([Buffer.concat(chunks).toString(), connection.writable]).to.deep.equal(["its own", false]);
  });

  it("ChannelConnection ends when the other side sends more than may wait to be read", async () => {
    const [end, other] = ChannelEnd.pair();
    const connection = new ChannelConnection(end, 10);
    connection.pause();
    const failed = once(connection, "error");
    other.send(Buffer.alloc(10), () => expect(connection.destroyed).to.equal(false));
    other.send(Buffer.alloc(1), () => undefined);
    const [error] = (await failed) as [LigandError];
    expect([error.code, error.message, other.connected]).to.deep.equal([
      "LIGAND_REMOTE_LOST",
      "the other side sent 11 bytes that this one can't read in time",
      false,
    ]);
  });
});
