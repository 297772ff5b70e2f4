import type { Hooks } from "../../catalogue/index.js";
import type { UserProfile } from "../../matrix/records.js";
import type { Caller } from "../caller.js";
import type { ProfileRow } from "../account-rows.js";
import type { Storage } from "../storage.js";

/** The result of a search for users. @public */
export interface UserSearchResult {
  /** Whether more users match than were requested; users that modules hide don't change it. */
  readonly limited: boolean;
  readonly results: readonly UserProfile[];
}

/** Searches for users by name. @public */
export class UserDirectory {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "spamChecker">;
      readonly storage: Pick<Storage, "profiles">;
    },
  ) {}

  /** `POST /user_directory/search`: the search, its limit, and then `checkUsernameForSpam` for each result. */
  async search({ requester, context }: Caller, term: string, limit = 10): Promise<UserSearchResult> {
    const { storage, hooks } = this.parts;
    const wanted = term.toLowerCase();
    const isFound = ({ userId, displayName }: ProfileRow) =>
      userId !== requester.userId &&
      (userId.toLowerCase().includes(wanted) || displayName?.toLowerCase().includes(wanted));
    const found = (await storage.profiles.find()).filter(isFound);
    const results: UserProfile[] = [];
    for (const { userId, displayName, avatarUrl } of found.slice(0, limit)) {
      const profile: UserProfile = { user_id: userId, display_name: displayName, avatar_url: avatarUrl };
      if (!(await hooks.spamChecker.checkUsernameForSpam(profile, requester.userId, context))) results.push(profile);
    }
    return { limited: found.length > limit, results };
  }
}
