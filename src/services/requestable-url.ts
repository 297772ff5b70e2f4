import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";

/** The URL, which servers can be asked for. Its user and password aren't shown. */
export function requestable(uri: string): URL {
  const url = parsed(uri);
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    const remedy = "Give an address that starts with http:// or https://.";
    throw new LigandError("LIGAND_ARGUMENT_INVALID", `${shownArgument(uri)} isn't a URL that can be requested`, {
      remedy,
    });
  }
  if (url.username === "" && url.password === "") return url;
  throw new LigandError("LIGAND_ARGUMENT_INVALID", `the URL of ${url.host} has a user or a password in it`, {
    remedy: "Send them in the header Authorization.",
  });
}

function parsed(uri: string): URL | undefined {
  try {
    return new URL(uri);
  } catch {
    return undefined;
  }
}
