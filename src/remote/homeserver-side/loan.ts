import type { MaybePromise } from "../../hooks/context.js";
import type { PeerHandles } from "../wire/peer-handles.js";
import type { Wire } from "../wire/protocol.js";
import { encode } from "../wire/wire.js";

/** Arguments on their way to the other side, which may use what they lend (files, requests, states) until the loan ends. */
export class Loan {
  readonly #requests: readonly number[];
  readonly #handles: PeerHandles;
  /** The arguments as they cross. */
  readonly crossing: Wire[] = [];

  /** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for an argument that can't leave its process; then nothing is lent. */
  private constructor(args: readonly unknown[], handles: PeerHandles, requests: readonly number[]) {
    this.#requests = requests;
    this.#handles = handles;
    try {
      for (const arg of args) this.crossing.push(encode(arg, handles));
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** @returns a promise only where there's a request, part of whose body is read before it crosses. */
  static of(args: readonly unknown[], handles: PeerHandles): MaybePromise<Loan> {
    return args.some((arg) => arg instanceof Request) ? Loan.#withRequests(args, handles) : new Loan(args, handles, []);
  }

  static async #withRequests(args: readonly unknown[], handles: PeerHandles): Promise<Loan> {
    const lent: number[] = [];
    try {
      for (const arg of args) if (arg instanceof Request) lent.push(await handles.lend(arg));
    } catch (error) {
      for (const id of lent) handles.takeBack(id);
      throw error;
    }
    return new Loan(args, handles, lent);
  }

  /** The other side may no longer use what was lent. @param keeps whether it releases states and files itself, later */
  end(keeps = false): void {
    for (const id of this.#requests) this.#handles.takeBack(id);
    if (!keeps) for (const arg of this.crossing) this.#handles.drop(arg);
  }
}
