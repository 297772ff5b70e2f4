import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { unixAddress } from "../remote/served.js";

describe("ligand serve whose log has lost its reader", () => {
  it("ligand serve, when its log has no reader, ends quietly at the next line that it would write", async () => {
    const address = unixAddress();
    const args = ["dist/cli/main.js", "serve", "test/fixtures/remote/obedient.yaml", "--listen", address];
    const serve = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(serve, "exit");
    for await (const written of serve.stderr) if (String(written).includes("listening on")) break;
    // The loop has closed its end of the pipe.
    expect(serve.stderr.destroyed).to.equal(true);
    // What is not of the protocol is worth a line.
    const socket = connect(address.slice("unix:".length)).on("error", () => undefined);
    socket.write("x: y\r\n\r\n");
    expect(await ended).to.deep.equal([1, null]);
    socket.destroy();
  });
});
