import { expect } from "chai";
import { StateMap } from "#src/matrix/state-map.js";
import type { StatePiece, Wire } from "#src/remote/wire/protocol.js";
import { LIMITS } from "#src/remote/wire/limits.js";
import { StatePieces } from "#src/remote/wire/state-pieces.js";

function piecesOf(state: StateMap<string>): StatePiece[] {
  const pieces = new StatePieces(state, (value) => value as Wire, LIMITS.statePieceLength);
  const all = [pieces.next()];
  while (all.at(-1)!.rest) all.push(pieces.next());
  return all;
}

describe("the pieces of a state", () => {
  it("an empty state is one piece without entries", () => {
    expect(piecesOf(new StateMap())).to.deep.equal([{ entries: [], rest: false }]);
  });

  it("a small state is one piece", () => {
    expect(piecesOf(new StateMap([["m.room.name", "", "a"]]))).to.deep.equal([
      { entries: [["m.room.name", "", "a"]], rest: false },
    ]);
  });

  it("a large state is pieces that are within the limit, have all entries in order, and end with the last one", () => {
    const entries = Array.from({ length: 5000 }, (_, number) => ["t", String(number), "x".repeat(300)] as const);
    const pieces = piecesOf(new StateMap(entries));
    expect(pieces.flatMap((piece) => piece.entries)).to.deep.equal(entries);
    expect(pieces.map(({ rest }) => rest)).to.deep.equal([...pieces.slice(1).map(() => true), false]);
    expect(pieces.length).to.equal(Math.ceil((5000 * 320) / LIMITS.statePieceLength));
    for (const piece of pieces) {
      expect(piece.entries.reduce<number>((sum, entry) => sum + JSON.stringify(entry).length, 0)).to.be.at.most(
        LIMITS.statePieceLength,
      );
    }
  });

  it("an entry that is larger than a piece crosses alone", () => {
    const large = "x".repeat(LIMITS.statePieceLength + 1);
    expect(
      piecesOf(
        new StateMap([
          ["t", "a", "small"],
          ["t", "b", large],
          ["t", "c", "small"],
        ]),
      ),
    ).to.deep.equal([
      { entries: [["t", "a", "small"]], rest: true },
      { entries: [["t", "b", large]], rest: true },
      { entries: [["t", "c", "small"]], rest: false },
    ]);
  });
});
