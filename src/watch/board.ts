/** Positions in the memory that the watched thread and the watching thread share to exchange numbers. */
export const Board = {
  /** Grows while the watched thread's event loop runs. */
  BEATS: 0,
  /** How many hosts are starting modules right now. */
  STARTING: 1,
  /** 1 while a debugger may have paused the watched thread. */
  DEBUGGED: 2,
  /** A callback that blocks the thread for this many milliseconds is logged; 0 for never. */
  SLOW_MS: 3,
  /** Whatever blocks the thread for this many milliseconds is logged while it does; 0 for never. */
  BLOCKED_MS: 4,
  /** A thread blocked for this many milliseconds is killed; 0 for never. */
  LIMIT_MS: 5,
  /** As {@link Board.LIMIT_MS}, while modules start. */
  START_LIMIT_MS: 6,
} as const;

/** The number of positions. */
export const BOARD_LENGTH = Object.keys(Board).length;
