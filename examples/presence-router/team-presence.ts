import { IsNotEmpty, Matches, ValidateNested } from "class-validator";
import { Type } from "class-transformer";
import {
  inject,
  Module,
  ModuleConfig,
  PRESENCE_ALL_USERS,
  PresenceRouter,
  type PresenceAllUsers,
  type UserId,
  type UserPresenceState,
} from "ligand";

const USER_ID = /^@[^:]+:.+$/;
const message = "must be a user id such as @alice:example.org";

export class Team {
  @IsNotEmpty() name!: string;
  @Matches(USER_ID, { each: true, message }) members: UserId[] = [];
}

export class TeamPresenceConfig {
  /** Members of a team see each other's presence, whatever rooms they are in. */
  @ValidateNested({ each: true }) @Type(() => Team) teams: Team[] = [];
  /** Users, such as the bot of a status board, who see everybody's presence. */
  @Matches(USER_ID, { each: true, message }) boards: UserId[] = [];
}

/** Sends presence along the lines of teams. */
@Module({ config: TeamPresenceConfig })
export class TeamPresence {
  /** The other members of all teams of a user. */
  readonly #colleagues = new Map<UserId, Set<UserId>>();

  constructor(@inject(ModuleConfig) private readonly config: TeamPresenceConfig) {
    for (const { members } of config.teams) {
      for (const member of members) {
        const others = members.filter((other) => other !== member);
        this.#colleagues.set(member, new Set([...(this.#colleagues.get(member) ?? []), ...others]));
      }
    }
  }

  /** Presence changed: who receives it? */
  @PresenceRouter.getUsersForStates()
  receiversOf(states: Iterable<UserPresenceState>): Map<UserId, Set<UserPresenceState>> {
    const received = new Map<UserId, Set<UserPresenceState>>();
    for (const state of states) {
      for (const receiver of [...this.config.boards, ...(this.#colleagues.get(state.userId) ?? [])]) {
        received.set(receiver, (received.get(receiver) ?? new Set()).add(state));
      }
    }
    return received;
  }

  /** A user reads presence: whose? It must fit the answer above, or what is sent is filtered out again. */
  @PresenceRouter.getInterestedUsers()
  whomToSee(userId: UserId): Set<UserId> | PresenceAllUsers {
    return this.config.boards.includes(userId) ? PRESENCE_ALL_USERS : new Set(this.#colleagues.get(userId));
  }
}
