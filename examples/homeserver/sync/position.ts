import { Codes, MatrixError } from "ligand";

/**
 * A place in the streams of the homeserver: behind the events, and the changes of presence, account data, receipts
 * and typing, with these numbers. Clients hold it as a token.
 */
export class Position {
  static readonly start = new Position(0, 0, 0, 0, 0);

  constructor(
    readonly events: number,
    readonly presence: number,
    readonly accountData: number,
    readonly receipts: number,
    readonly typing: number,
  ) {}

  /** A place among events alone, such as where a timeline begins. */
  static ofEvents(events: number): Position {
    return new Position(events, 0, 0, 0, 0);
  }

  /** @throws {MatrixError} 400 `M_INVALID_PARAM` for what is no token of this server. */
  static parse(token: string): Position {
    const [, ...numbers] = /^s(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})$/.exec(token) ?? [];
    if (numbers.length === 0) throw new MatrixError(400, "This is no token of this server", Codes.INVALID_PARAM);
    const [events, presence, accountData, receipts, typing] = numbers.map(Number);
    return new Position(events!, presence!, accountData!, receipts!, typing!);
  }

  toString(): string {
    return `s${this.events}_${this.presence}_${this.accountData}_${this.receipts}_${this.typing}`;
  }
}
