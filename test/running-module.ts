/** The health of a module that runs and hasn't been asked, but for its id and since when it runs. */
export const RUNNING = {
  mode: "enforce",
  state: "running",
  restarts: 0,
  openBreakers: 0,
  calls: 0,
  failures: 0,
  timeouts: 0,
  notAsked: 0,
  shadow: {},
  slowest: null,
  problems: [],
} as const;
