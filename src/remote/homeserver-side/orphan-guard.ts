import { spawn, type ChildProcess } from "node:child_process";

/**
 * Reads `+PID` and `-PID` from its standard input. When that closes, the process at its other end is gone, and so is, a
 * second later, whatever is left of the groups that these lead: long enough to shut down. It ignores the signals by which a
 * terminal or a supervisor ends a whole group, because it must be the last to exit.
 */
const SCRIPT = `
trap '' HUP INT TERM
pids=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids$pid " ;;
    -*) case $pids in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
[ "$pids" = ' ' ] || sleep 1
for pid in $pids; do kill -9 "-$pid"; done
`;

/**
 * Ends processes with this one, however this one ends and whatever they are doing: a busy process can't notice that its
 * parent has died. One shell does it for all of them; it holds one end of a pipe, and waits for the other to close.
 */
class OrphanGuard {
  #shell: ChildProcess | undefined;
  readonly #pids = new Set<number>();

  /**
   * Guards a process, which leads a process group, until it's released.
   *
   * @param failed called when there is no shell to do so
   */
  add(pid: number, failed: (error: Error) => void): void {
    this.#pids.add(pid);
    if (this.#shell) this.#write(`+${pid}`);
    else this.#start(failed);
  }

  /** The process has exited: its number may soon be another's. */
  release(pid: number): void {
    if (!this.#pids.delete(pid)) return;
    this.#write(`-${pid}`);
    if (this.#pids.size === 0) this.#stop();
  }

  #start(failed: (error: Error) => void): void {
    // Detached: Ctrl-C reaches every process of the terminal's group.
    const shell = spawn("sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    shell.once("error", failed);
    // Without a descriptor left, it doesn't even have a standard input.
    if (shell.pid === undefined) return;
    this.#shell = shell;
    // The next process gets a new shell; that this one is gone is reported by its `exit`.
    shell.stdin.on("error", () => undefined);
    shell.once("exit", () => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      failed(new Error("the shell that guards them exited"));
    });
    // Neither keeps this process alive.
    shell.unref();
    (shell.stdin as unknown as { unref(): void }).unref();
    for (const pid of this.#pids) this.#write(`+${pid}`);
  }

  #stop(): void {
    const shell = this.#shell;
    this.#shell = undefined;
    shell?.stdin?.end();
  }

  #write(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}

/** One for all that this process starts. */
export const orphanGuard = new OrphanGuard();
