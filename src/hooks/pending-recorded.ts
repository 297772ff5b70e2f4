import { OperatedDispatch } from "./operated-dispatch.js";
import { continueRecorded } from "./recording.js";

/** A dispatch that waits, and is recorded. */
export class PendingRecorded<State, Result> extends OperatedDispatch<State, Result> {
  protected override call(index: number): unknown {
    continueRecorded(this.state);
    return super.call(index);
  }
}
