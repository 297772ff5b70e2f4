import { Codes, MatrixError } from "ligand";

/**
 * A place in the streams of the homeserver: behind the events, the changes of presence, account data, receipts,
 * typing and devices, and the messages to devices, with these numbers. Clients hold it as a token.
 */
export class Position {
  static readonly start = new Position(0, 0, 0, 0, 0, 0, 0);

  constructor(
    readonly events: number,
    readonly presence: number,
    readonly accountData: number,
    readonly receipts: number,
    readonly typing: number,
    readonly devices: number,
    readonly toDevice: number,
  ) {}

  /** A place among events alone, such as where a timeline begins. */
  static ofEvents(events: number): Position {
    return new Position(events, 0, 0, 0, 0, 0, 0);
  }

  /** @throws {MatrixError} 400 `M_INVALID_PARAM` for what is no token of this server. */
  static parse(token: string): Position {
    const [, ...numbers] =
      /^s(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})$/.exec(token) ?? [];
    if (numbers.length === 0) throw new MatrixError(400, "This is no token of this server", Codes.INVALID_PARAM);
    const [events, presence, accountData, receipts, typing, devices, toDevice] = numbers.map(Number);
    return new Position(events!, presence!, accountData!, receipts!, typing!, devices!, toDevice!);
  }

  toString(): string {
    const { events, presence, accountData, receipts, typing, devices, toDevice } = this;
    return `s${[events, presence, accountData, receipts, typing, devices, toDevice].join("_")}`;
  }
}
