/**
 * A command was called wrongly. Beside commander's `InvalidArgumentError`, with which commander shows the argument: this one
 * is for arguments that may be secrets.
 */
export class UsageError extends Error {}
