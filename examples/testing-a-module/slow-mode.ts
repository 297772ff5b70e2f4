import { IsInt, IsPositive } from "class-validator";
import {
  Clock,
  Every,
  inject,
  LimitExceededError,
  Module,
  ModuleConfig,
  ThirdPartyRules,
  Users,
  type EventAllowed,
  type RoomEvent,
  type StateMap,
} from "ligand";

export class SlowModeConfig {
  /** The longest pause that a room may ask for, in seconds. */
  @IsInt() @IsPositive() longest_pause = 3600;
}

/**
 * Lets a room slow its members down: with the state event `org.example.slow_mode`, content `{ "seconds": 30 }`, each of
 * them may write once in 30 seconds. Administrators of the server may write at any time.
 */
@Module({ config: SlowModeConfig })
export class SlowMode {
  readonly #lastMessages = new Map<string, number>();

  constructor(
    @inject(ModuleConfig) private readonly config: SlowModeConfig,
    @inject(Clock) private readonly clock: Clock,
    @inject(Users) private readonly users: Users,
  ) {}

  @ThirdPartyRules.checkEventAllowed()
  async check(event: RoomEvent, state: StateMap<RoomEvent>): Promise<EventAllowed> {
    const seconds = state.get("org.example.slow_mode")?.content.seconds;
    if (event.type !== "m.room.message" || typeof seconds !== "number") return [true, null];
    if (await this.users.isUserAdmin(event.sender)) return [true, null];

    const pauseMs = Math.min(seconds, this.config.longest_pause) * 1000;
    const key = `${event.roomId} ${event.sender}`;
    const now = this.clock.nowMs();
    const waitMs = (this.#lastMessages.get(key) ?? -Infinity) + pauseMs - now;
    if (waitMs > 0) throw new LimitExceededError("This room is in slow mode", { retryAfterMs: waitMs });
    this.#lastMessages.set(key, now);
    return [true, null];
  }

  /** A pause that is over need not be remembered. */
  @Every("1h", { runOnAllInstances: true })
  forgetOld(): void {
    const earliest = this.clock.nowMs() - this.config.longest_pause * 1000;
    for (const [key, ts] of this.#lastMessages) if (ts < earliest) this.#lastMessages.delete(key);
  }
}
