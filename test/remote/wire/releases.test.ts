import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { LigandError } from "#src/errors/ligand-error.js";
import { Module } from "#src/modules/module.js";
import { connectTo } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { Release } from "#src/remote/wire/protocol.js";
import { WebResource } from "#src/web/web-resource.js";
import { untilCollected } from "../../collect-garbage.js";
import { moduleOf } from "../module-of-functions.js";
import { outcomeOf, serveModules, unixAddress } from "../served.js";

describe("what the other side keeps", () => {
  let server: Server;
  let here: Peer;
  let there: Peer;
  let using: PeerHandles;
  let keeping: PeerHandles;
  let released: (readonly number[])[];

  beforeEach(async () => {
    const address = unixAddress();
    server = createServer().listen(address.slice("unix:".length));
    const connected = once(server, "connection") as Promise<[Socket]>;
    here = new Peer(await connectTo(parseSocketAddress(address)));
    there = new Peer((await connected)[0]);
    using = new PeerHandles(here);
    keeping = new PeerHandles(there);
    released = [];
    const { notify } = here;
    here.notify = (type, params) => {
      if (type === (Release as unknown)) released.push((params as { ids: readonly number[] }).ids);
      notify.call(here, type, params);
    };
    here.listen();
    there.listen();
  });

  afterEach(async () => {
    here.close();
    await Promise.all([here.closed, there.closed]);
    server.close();
  });

  /** Functions that can't be called any more once this has returned. */
  function dropFunctions(count: number): void {
    for (let i = 0; i < count; i++) using.use(keeping.keep(() => i));
  }

  it("functions that the other side keeps are released, many together, when they can no longer be called", async () => {
    const used = using.use(keeping.keep(() => "used"));
    dropFunctions(1000);
    expect(keeping.keptFunctions).to.equal(1001);
    await untilCollected(() => keeping.keptFunctions === 1);
    expect(released.flat()).to.have.length(1000);
    expect(released.length).to.be.lessThan(100);
    expect(await used()).to.equal("used");
    expect(keeping.keptFunctions).to.equal(0);
  });

  it("functions that the other side keeps are released when they are called: nothing more is sent about them", async () => {
    await (async () => using.use(keeping.keep(() => 1))())();
    dropFunctions(1);
    await untilCollected(() => released.length > 0);
    expect(released).to.deep.equal([[2]]);
  });

  it("functions and bodies that the other side keeps are released immediately if the caller has already disconnected", async () => {
    const body = (await keeping.bodies.keep(new ReadableStream()))!;
    let hasEnded = false;
    const signal = AbortSignal.abort(new Error("gone"));
    const stream = using.bodies.use(body, { signal, ended: () => (hasEnded = true) }) as ReadableStream;
    expect(hasEnded).to.equal(true);
    const outcome = (await outcomeOf(() => stream.getReader().read())) as { error: Error };
    expect(outcome.error.message).to.equal("gone");
    await keeping.bodies.idle();
    expect(released).to.deep.equal([[body.rest]]);
  });

  it("functions that the other side keeps are, as bodies, given up by the least recently read where there are too many", async () => {
    const given: number[] = [];
    const keep = (index: number) => keeping.bodies.keep(new ReadableStream(), () => given.push(index));
    await Promise.all(Array.from({ length: LIMITS.kept + 2 }, (_, index) => keep(index)));
    expect(given).to.deep.equal([0, 1]);
  });

  it("functions that the other side keeps are, as the body of a request that was forgotten, cancelled", async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const url = "http://x/";
    const id = await keeping.lend(new Request(url), body);
    const other = new Request(url);
    await Promise.all(Array.from({ length: LIMITS.kept }, () => keeping.lend(other)));
    expect([keeping.lent(id), cancelled]).to.deep.equal([undefined, true]);
  });

  it("functions that the other side keeps are dropped in silence when the connection was closed", async () => {
    dropFunctions(10);
    here.close();
    await here.closed;
    await untilCollected(() => released.flat().length === 10);
    await setImmediate();
  });

  it("functions that the other side keeps are released when the answer that has them comes too late", async () => {
    // It answers immediately, as the hook has it, and too late: both sides are of this process, which it blocks meanwhile.
    const onUpdate = () => {
      for (const end = performance.now() + 300; performance.now() < end;);
      return { enter: () => 100, exit: () => undefined };
    };
    await using served = await serveModules([{ module: moduleOf({ backgroundUpdates: { onUpdate } }) }]);
    const host = await served.connect([], { callTimeoutMs: 100 });
    const kept = () => served.server.health.keptFunctions;
    const { error } = (await outcomeOf(() => host.hooks.backgroundUpdates.onUpdate("x", "main", false)!.enter())) as {
      error: LigandError;
    };
    expect(error.code).to.equal("LIGAND_REMOTE_TIMEOUT");
    await untilCollected(() => kept() === 2);
    await untilCollected(() => kept() === 0);
  });
});

describe("bodies that the other side keeps", () => {
  it("bodies that the other side keeps are released, with the request that they answer, when they can no longer be read", async () => {
    let seen!: AbortSignal;
    @Module()
    class Page {
      @WebResource("/page")
      answer({ signal }: Request) {
        seen = signal;
        return new Response(new ReadableStream());
      }
    }
    await using served = await serveModules([{ module: Page }]);
    const host = await served.connect();
    const ask = async () => {
      const request = new Request("http://x/page");
      expect((await host.fetch(request))!.status).to.equal(200);
      return new WeakRef(request);
    };
    const request = await ask();
    await untilCollected(() => seen.aborted && request.deref() === undefined);
  });
});
