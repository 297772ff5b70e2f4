import { LigandError } from "../../errors/ligand-error.js";
import { expectMembers } from "./expect-members.js";
import { Kept } from "./kept.js";
import { OutgoingBody } from "./outgoing-body.js";
import type { Peer } from "./peer.js";
import { ReadBody, type WireBody } from "./protocol.js";
import type { Releases } from "./releases.js";

interface KeptBody {
  readonly body: OutgoingBody;
  readonly ended: (isWhole: boolean) => void;
}

/**
 * The bodies of HTTP messages that the two sides of a connection read from each other, piece by piece: each piece is
 * requested when it's wanted, so neither side holds more than that.
 */
export class PeerBodies {
  readonly #kept: Kept<KeptBody>;
  #idle: (() => void)[] = [];

  /**
   * @param nextId numbers what is kept for the other side
   */
  constructor(
    private readonly peer: Peer,
    private readonly releases: Releases,
    private readonly nextId: () => number,
  ) {
    this.#kept = new Kept(peer.runtime.limits.kept, ({ body, ended }) => {
      body.cancel();
      ended(false);
    });
    peer.answer(ReadBody, async (params) => {
      expectMembers(params, { id: "number" }, ReadBody.method);
      const { id } = params;
      const kept = this.#kept.get(id);
      if (!kept) throw new LigandError("LIGAND_REMOTE_PROTOCOL", `the body ${id} has been dropped`);
      try {
        const chunk = await kept.body.next();
        if (chunk.length === 0) this.#end(id, true);
        return Buffer.from(chunk).toString("base64");
      } catch (error) {
        this.#end(id, false);
        throw error;
      }
    });
    void peer.closed.then(() => {
      this.#kept.close();
      this.#tellIdle();
    });
  }

  /**
   * Lets the other side read a body.
   *
   * @param ended called when it was read to the end, or when reading stops
   */
  async keep(
    stream: ReadableStream<unknown> | null,
    ended: (isWhole: boolean) => void = () => undefined,
  ): Promise<WireBody | null> {
    if (!stream) {
      ended(true);
      return null;
    }
    const body = new OutgoingBody(stream, this.peer.runtime);
    const { bytes, isAll } = await body.start();
    const rest = isAll ? null : this.nextId();
    if (rest === null) ended(true);
    else this.#kept.set(rest, { body, ended });
    return { start: Buffer.from(bytes).toString("base64"), rest };
  }

  /** The other side has stopped reading. */
  release(id: number): void {
    this.#kept.get(id)?.body.cancel();
    this.#end(id, false);
  }

  /**
   * A body of the other side, to be read here.
   *
   * @param signal stops reading when it aborts
   * @param ended called when the body was read to the end, or when reading stops
   */
  use(
    body: WireBody,
    { signal, ended = () => undefined }: { readonly signal?: AbortSignal; readonly ended?: () => void } = {},
  ): Buffer<ArrayBuffer> | ReadableStream<Uint8Array> {
    expectMembers(body, { start: "string", rest: "number?" }, "the body of an HTTP message");
    const { start, rest } = body;
    const first = Buffer.from(start, "base64");
    if (typeof rest !== "number") {
      ended();
      return first;
    }
    const { peer, releases } = this;
    // What the signal and the connection hold must not hold the stream: it may have no reader left.
    let held!: WeakRef<ReadableStreamDefaultController<Uint8Array>>;
    const token = {};
    const end = () => {
      signal?.removeEventListener("abort", abort);
      releases.forget(token);
      ended();
    };
    const drop = () => {
      releases.release(rest);
      end();
    };
    const abort = () => {
      held.deref()?.error(signal?.reason);
      drop();
    };
    const stream = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          held = new WeakRef(controller);
          if (first.length > 0) controller.enqueue(new Uint8Array(first));
        },
        async pull(controller) {
          try {
            const chunk = Buffer.from(await peer.ask(ReadBody, { id: rest }, "the body of an HTTP message"), "base64");
            if (chunk.length > 0) return controller.enqueue(new Uint8Array(chunk));
            controller.close();
            end();
          } catch (error) {
            // The other side may still keep it, as when it was too busy to read on.
            drop();
            throw error;
          }
        },
        cancel: drop,
      },
      { highWaterMark: 0 },
    );
    releases.watch(stream, rest, { token, collected: end });
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    return stream;
  }

  /** Resolves once the other side reads nothing more. */
  async idle(): Promise<void> {
    if (this.#kept.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #end(id: number, isWhole: boolean): void {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    kept?.ended(isWhole);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#kept.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
