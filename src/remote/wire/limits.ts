/** How much one side of a connection accepts from the other, and how long it waits for it. */
export interface Limits {
  /** The largest message, in bytes. The protocol needs no more: anything that can be larger crosses in pieces. */
  readonly messageBytes: number;
  /** The largest message from a side that hasn't introduced itself, in bytes. */
  readonly introductionBytes: number;
  /** The largest headers of a message, in bytes. */
  readonly headerBytes: number;
  /** How many bytes may wait for a side that doesn't read them. */
  readonly unsentBytes: number;
  /** With more waiting messages than this, reading pauses. */
  readonly waitingMessages: number;
  /** How many messages of a connection are handled in one turn of the event loop. */
  readonly messagesPerTurn: number;
  /** For how long messages of a connection are handled in one turn of the event loop, in milliseconds. */
  readonly turnMs: number;
  /**
   * How many requests of the other side are processed concurrently, not counting cancelled ones; more are refused.
   */
  readonly requestsInFlight: number;
  /** How many connections may be open. */
  readonly connections: number;
  /**
   * How many functions, files, requests, states and bodies are kept for the other side, of each kind. The least recently
   * used are dropped first: a side that releases nothing must not fill the other's memory.
   */
  readonly kept: number;
  /** The largest piece of an HTTP message's body that crosses, in bytes. */
  readonly bodyPieceBytes: number;
  /** The largest piece of a file that crosses, in bytes. */
  readonly filePieceBytes: number;
  /**
   * How much JSON one piece of a state holds, in characters: no message holds a whole large room, and none waits for one.
   */
  readonly statePieceLength: number;
  /** How long a message may take from its first byte to its last, in milliseconds. */
  readonly messageTimeMs: number;
  /** How long a homeserver may take to introduce itself, in milliseconds. */
  readonly introductionMs: number;
  /** How long a side may take to read what it was sent before the connection is closed, in milliseconds. */
  readonly closingMs: number;
}

export const LIMITS: Limits = {
  messageBytes: 32 * 1024 * 1024,
  introductionBytes: 64 * 1024,
  headerBytes: 4096,
  unsentBytes: 64 * 1024 * 1024,
  waitingMessages: 1000,
  messagesPerTurn: 64,
  turnMs: 5,
  requestsInFlight: 10_000,
  connections: 512,
  kept: 10_000,
  bodyPieceBytes: 256 * 1024,
  filePieceBytes: 64 * 1024,
  statePieceLength: 256 * 1024,
  messageTimeMs: 30_000,
  introductionMs: 10_000,
  closingMs: 10_000,
};
