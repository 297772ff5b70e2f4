import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { afterPromises } from "#src/remote/wire/after-promises.js";
import { FrameWriter } from "#src/remote/wire/frame-writer.js";
import { Inbox } from "#src/remote/wire/inbox.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import { Peer } from "#src/remote/wire/peer.js";
import { Release } from "#src/remote/wire/protocol.js";
import { REAL_RUNTIME } from "#src/remote/wire/runtime.js";
import { frame } from "../served.js";

/** A connection whose other side reads everything, and notes what came in one write. */
function notingSocket(): { readonly socket: Socket; readonly writes: string[] } {
  const writes: string[] = [];
  const socket = new Duplex({
    decodeStrings: false,
    read: () => undefined,
    write(chunk: string, _, done) {
      writes.push(chunk);
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => chunk as string).join(""));
      done();
    },
  });
  return { socket: socket as unknown as Socket, writes };
}

/** An inbox whose turns run when they're taken, on a clock that the test sets. */
function inboxOf(handle: (n: number) => void, limits: Partial<typeof LIMITS> = {}) {
  const turns: (() => void)[] = [];
  const clock = { now: 0 };
  const runtime = {
    ...REAL_RUNTIME,
    limits: { ...LIMITS, ...limits },
    now: () => clock.now,
    setImmediate: (callback: () => void) => void turns.push(callback),
  };
  const { socket, writes } = notingSocket();
  const ended = { times: 0 };
  const writer = new FrameWriter(socket, runtime, ({ message }) => expect.fail(message));
  const inbox = new Inbox<number>(socket, writer, runtime, { handle, emptied: () => void ended.times++ });
  const arrive = (...ns: readonly number[]) => {
    for (const n of ns) inbox.add(n);
    inbox.handle();
  };
  /** Until nothing more happens in this turn; before that, what was planned for it begins. */
  const nextTurn = async () => {
    turns.shift()?.();
    await setImmediate();
  };
  return {
    inbox,
    arrive,
    turns,
    nextTurn,
    clock,
    socket,
    writes,
    ended,
    writer,
  };
}

describe("messages that arrive together", () => {
  it("messages that arrive together are handled in one turn, in order, up to a limit", async () => {
    const handled: number[] = [];
    const { inbox, nextTurn, turns } = inboxOf((n) => void handled.push(n), { messagesPerTurn: 3 });
    for (let n = 1; n <= 7; n++) inbox.add(n);
    expect(handled).to.deep.equal([]);
    inbox.handle();
    const afterTurns: number[] = [];
    do {
      await nextTurn();
      afterTurns.push(handled.length);
    } while (turns.length > 0);
    expect(afterTurns).to.deep.equal([3, 6, 7]);
    expect(handled).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it("messages that arrive together are handled in several turns if one of them takes long", async () => {
    const handled: number[] = [];
    const { arrive, nextTurn, clock } = inboxOf((n) => {
      handled.push(n);
      // It's handled later, as callbacks go on after an `await`.
      void Promise.resolve().then(() => Promise.resolve().then(() => (clock.now += n === 2 ? LIMITS.turnMs + 1 : 0)));
    });
    arrive(1, 2, 3, 4);
    await nextTurn();
    expect(handled).to.deep.equal([1, 2]);
    await nextTurn();
    expect(handled).to.deep.equal([1, 2, 3, 4]);
  });

  it("messages that arrive together are each followed by what they settle", async () => {
    const seen: string[] = [];
    const { arrive, nextTurn } = inboxOf(async (n) => {
      for (let step = 1; step <= 3; step++) {
        seen.push(`${n}.${step}`);
        await Promise.resolve();
      }
    });
    arrive(1, 2);
    await nextTurn();
    expect(seen).to.deep.equal(["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]);
  });

  it("messages that are read one by one before anything else runs are each followed by what they settle, and take no more of a turn", async () => {
    const seen: string[] = [];
    const { arrive, nextTurn, turns } = inboxOf(
      async (n) => {
        seen.push(`${n} begins`);
        await Promise.resolve();
        seen.push(`${n} ends`);
      },
      { messagesPerTurn: 2 },
    );
    for (let n = 1; n <= 4; n++) arrive(n);
    expect(seen).to.deep.equal(["1 begins"]);
    const afterTurns: number[] = [];
    do {
      await nextTurn();
      afterTurns.push(seen.length / 2);
    } while (turns.length > 0);
    expect(afterTurns).to.deep.equal([1, 3, 4]);
    expect(seen).to.deep.equal([1, 2, 3, 4].flatMap((n) => [`${n} begins`, `${n} ends`]));
  });

  it("the answer to a message that arrives alone is written before what was planned to follow its promises", async () => {
    const seen: string[] = [];
    const answer = { jsonrpc: "2.0", id: 1, result: null } as const;
    const { arrive, nextTurn, writes, writer } = inboxOf(async () => {
      afterPromises(() => void seen.push(...writes, "planned"));
      await Promise.resolve();
      writer.answer(answer);
    });
    arrive(1);
    await nextTurn();
    expect(seen).to.deep.equal([frame(answer), "planned"]);
  });

  it("messages that arrive together are answered in one write", async () => {
    const answers = [1, 2, 3].map((id) => ({ jsonrpc: "2.0", id, result: "ä".repeat(id) }) as const);
    const { arrive, nextTurn, writes, writer } = inboxOf((n) => {
      void Promise.resolve().then(() => writer.answer(answers[n]!));
    });
    arrive(...answers.keys());
    await nextTurn();
    expect(writes).to.deep.equal([answers.map(frame).join("")]);
  });

  it("messages that arrive together with the end of a connection are handled before the end is reported, once", async () => {
    const handled: number[] = [];
    const { inbox, arrive, nextTurn, ended } = inboxOf((n) => void handled.push(n), { messagesPerTurn: 1 });
    arrive(1, 2);
    inbox.end();
    await nextTurn();
    expect([handled, ended.times]).to.deep.equal([[1], 0]);
    await nextTurn();
    expect([handled, ended.times]).to.deep.equal([[1, 2], 1]);
  });

  it("messages that arrive faster than they are handled pause the reading until none waits", async () => {
    const limits = { waitingMessages: 2, messagesPerTurn: 2 };
    const { inbox, nextTurn, socket } = inboxOf(() => undefined, limits);
    const isPaused: boolean[] = [];
    for (let n = 1; n <= 3; n++) {
      inbox.add(n);
      isPaused.push(socket.isPaused());
    }
    inbox.handle();
    for (let turn = 1; turn <= 2; turn++) {
      await nextTurn();
      isPaused.push(socket.isPaused());
    }
    expect(isPaused).to.deep.equal([false, false, true, true, false]);
  });
});

describe("messages that are sent in one turn", () => {
  it("messages that are sent in one turn are written together; those of the next turn by themselves", async () => {
    const { writer, writes } = inboxOf(() => undefined);
    const messages = ["a", "b", "c"].map((method) => ({ jsonrpc: "2.0", method, params: {} }) as const);
    writer.send(messages[0]!);
    await Promise.resolve();
    writer.send(messages[1]!);
    await setImmediate();
    writer.send(messages[2]!);
    await setImmediate();
    expect(writes).to.deep.equal([frame(messages[0]) + frame(messages[1]), frame(messages[2])]);
  });

  it("messages that are sent in one turn reach the other side although the connection is closed in that turn", async () => {
    const { socket, writes } = notingSocket();
    const peer = new Peer(Object.assign(socket, { destroySoon: () => socket.end() }));
    peer.listen();
    peer.notify(Release, { ids: [1] });
    peer.close();
    await setImmediate();
    expect(writes).to.deep.equal([frame({ jsonrpc: "2.0", method: "ligand/release", params: { ids: [1] } })]);
  });
});
