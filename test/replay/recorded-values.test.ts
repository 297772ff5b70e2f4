import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { SAMPLES } from "#src/catalogue/index.samples.js";
import { RoomLeft } from "#src/decisions/room-left.js";
import { ValueWriter } from "#src/decisions/value-writer.js";
import type { DecisionRecord, Recorded } from "#src/decisions/decision-record.js";
import type { Category } from "#src/hooks/category.js";
import type { Parameter } from "#src/hooks/parameter.js";
import { ParsedUserId, RoomAlias } from "#src/matrix/identifiers.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { RecordComparer } from "#src/replay/compare-recorded.js";
import { recordedArguments } from "#src/replay/recorded-values.js";
import { Scene } from "#src/replay/scene.js";
import { withheldBy } from "#src/replay/withheld.js";
import { decision } from "./recorded.js";

const WHOLE = { personal: "whole", bodies: true, hash: (text: string) => text } as const;

/** What a value is made of, classes included. Members that are undefined count as absent, as in JSON. */
function madeOf(value: unknown): unknown {
  if (value instanceof RoomEvent) return ["RoomEvent", value.getDict(), value.eventId, value.isState()];
  if (value instanceof ParsedUserId || value instanceof RoomAlias) return [value.constructor.name, String(value)];
  if (value instanceof Set) return ["Set", Array.from(value, madeOf)];
  if (value instanceof Map) return ["Map", Array.from(value, madeOf)];
  if (Array.isArray(value)) return value.map(madeOf);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, madeOf(member)]));
}

describe("the arguments of a recorded call", () => {
  const categories: readonly [string, Category][] = Object.entries(CATALOGUE);
  for (const [property, { name, hooks }] of categories) {
    for (const [hook, declared] of Object.entries(hooks)) {
      it(`the arguments of ${name}.${hook} are made of the same as those that were recorded`, () => {
        const samples = SAMPLES[property as keyof typeof SAMPLES] as Record<string, { args: readonly unknown[] }>;
        const given = samples[hook]!.args;
        const parameters = declared.parameters as readonly Parameter[];
        const writer = new ValueWriter(WHOLE, new RoomLeft(Infinity));
        const args = parameters.map(({ kind, lent, privacy = "body" }, position): Recorded => {
          if (kind === "state" || lent) return { $: "uncarried", of: "something" };
          return writer.write(given[position], privacy, false);
        });
        const record = decision({ hook: `${name}.${hook}`, args: JSON.parse(JSON.stringify(args)) as Recorded[] });
        const comparer = () => new RecordComparer(undefined, undefined);
        const made = recordedArguments(declared, record, { scene: new Scene(), comparer });
        for (const [position, value] of made.entries()) {
          if (withheldBy(args[position])) continue;
          expect(madeOf(value), parameters[position]!.name).to.deep.equal(madeOf(given[position]));
        }
      });
    }
  }

  it("the event of a recorded call has the version of its room, which is written where it isn't 11", () => {
    const versionIn = (record: DecisionRecord) => {
      const frame = { scene: new Scene(), comparer: () => new RecordComparer(undefined, undefined) };
      const [event] = recordedArguments(CATALOGUE.spamChecker.hooks.checkEventForSpam, record, frame);
      return (event as RoomEvent).roomVersion;
    };
    expect([versionIn(decision()), versionIn(decision({ roomVersion: "12" }))]).to.deep.equal(["11", "12"]);
  });
});
