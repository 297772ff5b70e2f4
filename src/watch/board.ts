/** Positions in the memory in which the watched thread and the one that watches it tell each other numbers. */
export const Board = {
  /** Grows while the watched thread's event loop turns. */
  BEATS: 0,
  /** How many hosts start their modules now. */
  STARTING: 1,
  /** 1 while a debugger may hold the watched thread. */
  DEBUGGED: 2,
  /** From how many milliseconds on a callback that keeps the thread busy is logged; 0 for never. */
  SLOW_MS: 3,
  /** From how many milliseconds on what blocks the thread is logged while it does; 0 for never. */
  BLOCKED_MS: 4,
  /** After how many milliseconds a blocked thread is killed; 0 for never. */
  LIMIT_MS: 5,
  /** As {@link Board.LIMIT_MS}, while modules start. */
  START_LIMIT_MS: 6,
} as const;

/** How many numbers there are. */
export const BOARD_LENGTH = Object.keys(Board).length;
