import { until } from "../until.js";
import type { MatrixClient } from "./matrix-client.js";

const CLIENT = "/_matrix/client/v3";

/** The ids of the users whom a search finds. */
export async function search(searcher: MatrixClient, search_term: string): Promise<string[]> {
  const path = `${CLIENT}/user_directory/search`;
  const { results } = await searcher.post<{ results: { user_id: string }[] }>(path, { search_term });
  return results.map(({ user_id }) => user_id);
}

export const setName = (user: MatrixClient, displayname: string) =>
  user.ask("PUT", `${CLIENT}/profile/${user.userId}/displayname`, { displayname });

/** What Synapse logs once nothing is left to do after its first start: before, it empties and fills its directory. */
export const UPDATED = "No more background updates to do";

/**
 * Gives a user a name, until a search for it finds them alone. Synapse loses a user who registers while it empties and fills
 * its directory, until the name is set; wait for {@link UPDATED} before.
 */
export const untilFound = (searcher: MatrixClient, user: MatrixClient, name: string) =>
  until(async () => {
    await setName(user, name);
    const found = await search(searcher, name);
    return found.length === 1 && found[0] === user.userId;
  });
