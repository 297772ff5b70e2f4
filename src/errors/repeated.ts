/** Errors of a state that lasts, such as a process that isn't running, when the log has said so already. */
const REPEATED = new WeakSet<Error>();

/** Has an error logged at `debug`: another one like it was logged a moment ago. */
export function markRepeated(error: Error): void {
  REPEATED.add(error);
}

export function isRepeated(error: Error): boolean {
  return REPEATED.has(error);
}
