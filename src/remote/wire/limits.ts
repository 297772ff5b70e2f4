/** How much one side of a connection takes of the other one, and for how long it waits for it. */
export interface Limits {
  /** The largest message, in bytes. Nothing of the protocol needs more: what can be larger crosses in pieces. */
  readonly messageBytes: number;
  /** The largest message of a side that has not said who it is, in bytes. */
  readonly introductionBytes: number;
  /** The largest headers of a message, in bytes. */
  readonly headerBytes: number;
  /** How many bytes may wait for a side that does not read them. */
  readonly unsentBytes: number;
  /** Above how many messages that wait to be worked on no more are read, for now. */
  readonly waitingMessages: number;
  /**
   * How many requests of the other side are worked on at one time, those not counted that it cancelled; more are
   * refused.
   */
  readonly requestsInFlight: number;
  /** How many connections may be open. */
  readonly connections: number;
  /**
   * How many functions, files, requests, states and bodies are kept for the other side, of each kind; the least recently
   * used are forgotten first: a side that releases nothing must not fill the memory of the other one.
   */
  readonly kept: number;
  /** The largest piece of the body of an HTTP message that crosses, in bytes. */
  readonly bodyPieceBytes: number;
  /** The largest piece of a file that crosses, in bytes. */
  readonly filePieceBytes: number;
  /**
   * How much JSON one piece of a state holds, in characters: no message holds a whole large room, and none waits for
   * one.
   */
  readonly statePieceLength: number;
  /** How long a message may take from its first byte to its last, in milliseconds. */
  readonly messageTimeMs: number;
  /** Within how many milliseconds a homeserver must say who it is. */
  readonly introductionMs: number;
}

export const LIMITS: Limits = {
  messageBytes: 32 * 1024 * 1024,
  introductionBytes: 64 * 1024,
  headerBytes: 4096,
  unsentBytes: 64 * 1024 * 1024,
  waitingMessages: 1000,
  requestsInFlight: 10_000,
  connections: 512,
  kept: 10_000,
  bodyPieceBytes: 256 * 1024,
  filePieceBytes: 64 * 1024,
  statePieceLength: 256 * 1024,
  messageTimeMs: 30_000,
  introductionMs: 10_000,
};
