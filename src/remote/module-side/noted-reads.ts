import type { Container } from "inversify";
import { codeOf, formsOf } from "../../decisions/error-writer.js";
import { ReadNote } from "../../decisions/read-note.js";
import { asking } from "../../decisions/reading-calls.js";
import { recordedServices } from "../../decisions/recorded-services.js";
import { RoomLeft } from "../../decisions/room-left.js";
import { ValueWriter } from "../../decisions/value-writer.js";
import type { Withholding } from "../../decisions/withheld.js";
import { caught } from "../../errors/caught.js";
import { redact } from "../../errors/redact.js";
import { andThen } from "../../hooks/and-then.js";
import type { MaybePromise } from "../../hooks/context.js";
import { LENT_SERVICES, SERVICES, type ServiceName } from "../../services/services.js";
import type { CallbackAnswers, WireRead, WireReadError } from "../wire/process-protocol.js";
import { encodeThrown, type WireThrown } from "../wire/raw-answers.js";
import type { CallbackRun } from "./callback-run.js";
import { currentCall } from "./current-call.js";
import type { CallRemoteService } from "./remote-services.js";

/** The homeserver withholds what its administrator wants: modules don't have the key of the hashes. */
const WHOLE: Withholding = { personal: "whole", bodies: true, hash: (text) => text };
/** So much of what a call asked leaves the process, in characters: a record has no room for more. */
const MOST_CHARACTERS = 64 * 1024;
/** A longer error isn't sent: cut, it could quote a part of what it has to be withheld in whole. */
const LONGEST_ERROR = 16 * 1024;

const OWN = (Object.keys(SERVICES) as ServiceName[]).filter((name) => !LENT_SERVICES.includes(name));
/** Stands for a question to a service of the homeserver, which notes it itself. */
const LENT = Symbol("lent");

/** The same services; those that run in this process note what they answer to the callback that asks. */
export function notingOwn(services: Container): Container {
  return recordedServices(services, OWN);
}

/** The same way to the homeserver's services, which notes when it's taken. */
export function notingLent(call: CallRemoteService): CallRemoteService {
  return (...asked) => {
    asking.getStore()?.push(LENT);
    return call(...asked);
  };
}

/** Calls callbacks, and adds to the answer what they asked services of this process. No record has that of calls in shadow. */
export function answerWithReads(run: CallbackRun): MaybePromise<CallbackAnswers> {
  if (currentCall.getStore()?.isInShadow) return run.answers();
  const notes: unknown[] = [];
  return andThen(
    asking.run(notes, () => run.answers()),
    (answers) => {
      const reads = carriedReads(notes, answers.thrown);
      return reads.length > 0 ? { ...answers, reads } : answers;
    },
  );
}

function carriedReads(notes: readonly unknown[], thrown: WireThrown | undefined): WireRead[] {
  const writer = new ValueWriter(WHOLE, new RoomLeft(MOST_CHARACTERS));
  let lent = 0;
  return notes.flatMap((note) => {
    if (note instanceof ReadNote) return [carriedRead(note, lent, writer, thrown)];
    lent++;
    return [];
  });
}

function carriedRead(
  note: ReadNote,
  lent: number,
  writer: ValueWriter,
  thrownByCallback: WireThrown | undefined,
): WireRead {
  const record = note.record(writer);
  const { service, args, answer } = record;
  const thrown = note.thrown && carriedError(note.thrown.error);
  const errors = [thrown, thrownByCallback].flatMap((each) => (each ? [JSON.stringify(each)] : []));
  const withheld =
    errors.length === 0
      ? []
      : note
          .lacks(record)
          .flatMap(formsOf)
          .filter((text) => errors.some((error) => redact(error, [text]) !== error));
  return {
    service,
    args,
    lent,
    ...(answer !== undefined && { answer }),
    ...(thrown && { thrown }),
    ...(withheld.length > 0 && { withheld }),
  };
}

function carriedError(error: unknown): WireReadError {
  const readable = caught(error);
  const code = codeOf(readable);
  const thrown = { ...encodeThrown(error), stack: null, name: readable.name, ...(code !== undefined && { code }) };
  if (JSON.stringify(thrown).length <= LONGEST_ERROR) return thrown;
  const data = { kind: "other", name: "Error" } as const;
  return { message: "an error that is too long to be recorded", data, stack: null, name: "Error" };
}
