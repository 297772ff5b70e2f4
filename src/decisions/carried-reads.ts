import { LigandError } from "../errors/ligand-error.js";
import { expectMembers } from "../remote/wire/expect-members.js";
import { CallCallbacks, type WireRead, type WireReadError } from "../remote/wire/process-protocol.js";
import { decodeThrown } from "../remote/wire/raw-answers.js";
import { SERVICES, type ServiceName } from "../services/services.js";
import { carriedValue } from "./carried-value.js";
import { ReadNote } from "./read-note.js";
import { asking, MOST_READS, STATE } from "./reading-calls.js";
import { readKindOf } from "./recorded-services.js";

const READ = {
  service: "string",
  args: "list",
  thrown: "object?",
  withheld: "list?",
  lent: "number",
} as const satisfies Omit<Record<keyof WireRead, string>, "answer">;

/**
 * Notes what a callback asked services of its own process, among what it asked those of this one.
 *
 * @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` for what its process can't have asked.
 */
export function noteCarriedReads(carried: readonly WireRead[]): void {
  const notes = carried.slice(0, MOST_READS).map((read) => ({ lent: read.lent, note: noteOf(read) }));
  const reads = asking.getStore();
  if (!reads) return;
  let next = 0;
  let lent = 0;
  for (const read of reads.splice(0)) {
    if (!(read instanceof ReadNote && read.kind.service === STATE.service)) {
      while (next < notes.length && notes[next]!.lent <= lent) reads.push(notes[next++]!.note);
      lent++;
    }
    reads.push(read);
  }
  reads.push(...notes.slice(next).map(({ note }) => note));
  reads.length = Math.min(reads.length, MOST_READS);
}

function noteOf(read: WireRead): ReadNote {
  expectMembers(read, READ, `${CallCallbacks.method}: reads`);
  const { service, args, answer, thrown, withheld = [] } = read;
  const [name = "", method = "", ...rest] = service.split(".");
  if (!Object.hasOwn(SERVICES, name) || method === "" || rest.length > 0) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `there is no service method ${service} in this version of Ligand`);
  }
  const note = new ReadNote(readKindOf(name as ServiceName, method), args.map(carriedValue), withheld.map(String));
  if (thrown) note.failed(errorOf(thrown));
  else if (answer !== undefined) note.answered(carriedValue(answer));
  return note;
}

function errorOf(thrown: WireReadError): Error {
  const error = decodeThrown(thrown);
  for (const member of ["name", "code"] as const) {
    const value = thrown[member];
    if (value !== undefined) Object.defineProperty(error, member, { value: String(value), configurable: true });
  }
  return error;
}
