import { OperatedDispatch } from "./operated-dispatch.js";
import { PendingDispatch } from "./pending-dispatch.js";
import { continueRecorded, timeRecorded } from "./recording.js";

/** A dispatch that waits, and is recorded. */
export class PendingRecorded<State, Result> extends PendingDispatch<State, Result> {
  protected override enter(): void {
    timeRecorded(this.state);
    super.enter();
  }

  protected override settle(answer: unknown, failed: boolean): void {
    continueRecorded(this.state);
    super.settle(answer, failed);
  }
}

/** The same, which may give up. */
export class OperatedRecorded<State, Result> extends OperatedDispatch<State, Result> {
  protected override enter(): void {
    timeRecorded(this.state);
    super.enter();
  }

  protected override settle(answer: unknown, failed: boolean): void {
    continueRecorded(this.state);
    super.settle(answer, failed);
  }
}
