import type { HookContext } from "../../hooks/context.js";
import { whenShadowed } from "../../dispatch/shadow-ends.js";
import { isPlainObject } from "../../matrix/json.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import type { Wire } from "../wire/protocol.js";

/** The states and files that a homeserver lends for a call, which calls in shadow still use after it has been answered. */
export class KeptArguments {
  readonly #numbers: readonly number[];
  #ended: Promise<void> | undefined;

  /** @param context of the dispatch */
  constructor(
    wires: readonly Wire[],
    private readonly handles: PeerHandles,
    context: HookContext,
  ) {
    this.#numbers = wires.map(numberOf).filter((number) => number !== undefined);
    if (this.#numbers.length > 0) whenShadowed(context, (ended) => void (this.#ended = ended));
  }

  /** To be called when the dispatch has ended. @returns whether the homeserver is to keep them; then they are released later */
  keep(): boolean {
    void this.#ended?.then(() => {
      for (const number of this.#numbers) this.handles.release(number);
    });
    return this.#ended !== undefined;
  }
}

/** By which number the homeserver keeps a file, or what is left of a state. */
function numberOf(lent: Wire): number | undefined {
  if (!isPlainObject(lent)) return undefined;
  const number = lent["$"] === "file" ? lent["id"] : lent["$"] === "state" ? lent["rest"] : undefined;
  return typeof number === "number" ? number : undefined;
}
