import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { connectTo, listen } from "#src/remote/listen.js";
import { parseSocketAddress } from "#src/remote/listen-address.js";
import { Peer } from "#src/remote/peer.js";
import { PeerHandles } from "#src/remote/peer-handles.js";
import { Initialize, type ModulesInfo } from "#src/remote/protocol.js";
import { remoteHost } from "#src/remote/remote-host.js";
import { outcomeOf, serverBinding, unixAddress } from "./served.js";

describe("two peers", () => {
  it("of different versions of the protocol part with a clear error", async () => {
    const address = unixAddress();
    const closed: Promise<Error | undefined>[] = [];
    const server = await listen(parseSocketAddress(address), (socket) => {
      const peer = new Peer(socket);
      closed.push(peer.closed);
      peer.answer(Initialize, async () => ({ protocol: 3 }) as ModulesInfo);
      peer.listen();
    });
    const { error } = (await outcomeOf(() => remoteHost({ address, services: [serverBinding()] }))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL",
      "the modules speak version 3 of the protocol, this homeserver speaks version 2",
    ]);
    expect(await Promise.all(closed)).to.deep.equal([undefined]);
    server.close();
  });

  it("read a file that one of them has in chunks where the other cannot open it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ligand-pair-"));
    const path = join(folder, "file");
    const content = Buffer.alloc(150_000, "0123456789abcdef!");
    writeFileSync(path, content);
    const address = parseSocketAddress(unixAddress());
    let id = 0;
    const server = await listen(address, (socket) => {
      const peer = new Peer(socket);
      id = new PeerHandles(peer).share({ path, writeChunksTo: () => Promise.reject(new Error("not asked")) });
      peer.listen();
    });
    const peer = new Peer(await connectTo(address));
    const handles = new PeerHandles(peer);
    peer.listen();
    while (id === 0) await new Promise(setImmediate);
    const chunks: Uint8Array[] = [];
    await handles.file(join(folder, "elsewhere"), id).writeChunksTo((chunk) => chunks.push(chunk));
    expect(Buffer.concat(chunks)).to.deep.equal(content);
    peer.close();
    await peer.closed;
    server.close();
    rmSync(folder, { recursive: true });
  });
});
