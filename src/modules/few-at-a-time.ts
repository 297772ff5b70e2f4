/** Runs jobs in the order in which they come, few at a time. */
export class FewAtATime {
  #room: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param most how many jobs run side by side
   * @param patienceMs after how many milliseconds a job makes room for the next: it may wait for what that one does
   */
  constructor(
    most: number,
    private readonly patienceMs: number,
  ) {
    this.#room = most;
  }

  /** Runs a job when it's its turn; settles as the job does. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#room > 0) this.#room--;
    else await new Promise<void>((start) => this.#waiting.push(start));
    let isRoomMade = false;
    const makeRoom = () => {
      if (isRoomMade) return;
      isRoomMade = true;
      const start = this.#waiting.shift();
      if (start) start();
      else this.#room++;
    };
    const timer = setTimeout(makeRoom, this.patienceMs);
    try {
      return await job();
    } finally {
      clearTimeout(timer);
      makeRoom();
    }
  }
}
