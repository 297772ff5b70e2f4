import { LigandError } from "../../errors/ligand-error.js";
import type { MaybePromise } from "../../hooks/context.js";
import { isPlainObject } from "../../matrix/json.js";
import { expectMembers } from "./expect-members.js";
import { Kept } from "./kept.js";
import { notKept } from "./not-kept.js";
import type { Peer } from "./peer.js";
import { ReadState, Release, type Wire } from "./protocol.js";
import type { StatePieces } from "./state-pieces.js";

/** Room states that cross in pieces: those kept for the other side, and those read from it. */
export class PeerStates {
  readonly #kept: Kept<StatePieces>;
  readonly #completing = new Set<Promise<unknown>>();

  constructor(
    private readonly peer: Peer,
    private readonly newId: () => number,
  ) {
    this.#kept = new Kept(peer.runtime.limits.kept);
    void peer.closed.then(() => this.#kept.close());
    peer.answer(ReadState, async (params) => {
      expectMembers(params, { id: "number" }, ReadState.method);
      const pieces = this.#kept.get(params.id);
      if (!pieces) throw notKept(`the state ${params.id}`);
      const piece = pieces.next();
      if (!piece.rest) this.#kept.delete(params.id);
      return piece;
    });
  }

  /** Lets the other side read the rest of a state, until it has all of it. */
  keep(pieces: StatePieces): number {
    const id = this.newId();
    this.#kept.set(id, pieces);
    return id;
  }

  release(id: number): void {
    this.#kept.delete(id);
  }

  /** Drops what the other side hasn't read of a state. */
  drop(sent: Wire): void {
    const id = restOf(sent);
    if (id !== undefined) this.release(id);
  }

  /** Values with all entries, as {@link complete} completes each; without a promise if none of them came in part. */
  completeAll(wires: readonly Wire[], request: { readonly signal: AbortSignal }): MaybePromise<readonly Wire[]> {
    if (wires.every((wire) => restOf(wire) === undefined)) return wires;
    const whole = Promise.all(wires.map((wire) => this.complete(wire, request.signal)));
    const end = () => void this.#completing.delete(whole);
    this.#completing.add(whole);
    whole.then(end, end);
    return whole;
  }

  /** Resolves once {@link completeAll} is done with what it began before. */
  async completed(): Promise<void> {
    await Promise.allSettled(this.#completing);
  }

  /** Whether a value is a state that came in part. */
  isPart(wire: Wire): boolean {
    return restOf(wire) !== undefined;
  }

  /** A value with all entries, if it's a state that came in part: the rest is read from the other side. */
  async complete(wire: Wire, signal?: AbortSignal): Promise<Wire> {
    const id = restOf(wire);
    if (id === undefined) return wire;
    try {
      return await this.#withRest(wire as { entries: Wire[]; rest: Wire }, id, signal);
    } catch (error) {
      // The other side may still keep it, as when it was too busy to read on.
      this.peer.notify(Release, { ids: [id] });
      throw error;
    }
  }

  async #withRest({ entries, rest: _, ...form }: { entries: Wire[]; rest: Wire }, id: number, signal?: AbortSignal) {
    const all = [...entries];
    for (let rest = true; rest;) {
      const piece = await this.peer.ask(ReadState, { id }, "the state of a room", { signal });
      expectMembers(piece, { entries: "list", rest: "boolean" }, ReadState.method);
      if (piece.rest && piece.entries.length === 0) {
        throw new LigandError("LIGAND_REMOTE_PROTOCOL", "a piece of a state is empty, but isn't the last one");
      }
      for (const entry of piece.entries) all.push(entry);
      ({ rest } = piece);
    }
    return { ...form, entries: all };
  }
}

/** The number by which the rest of a state is read; undefined if it's complete. */
function restOf(wire: Wire): number | undefined {
  if (!isPlainObject(wire) || wire["$"] !== "state") return undefined;
  return typeof wire["rest"] === "number" && Array.isArray(wire["entries"]) ? wire["rest"] : undefined;
}
