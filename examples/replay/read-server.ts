import { readFile } from "node:fs/promises";
import type { ServerSettings } from "ligand";
import { parse } from "yaml";

/** What modules may know of the homeserver, from the homeserver's own part of its configuration. */
export async function readServer(configFile: string): Promise<ServerSettings> {
  const { server_name, public_baseurl } = parse(await readFile(configFile, "utf8")) as Record<string, unknown>;
  if (typeof server_name !== "string") {
    throw new TypeError(
      `${configFile} has no \`server_name\`: add the homeserver's name, such as \`server_name: example.org\``,
    );
  }
  return {
    serverName: server_name,
    ...(typeof public_baseurl === "string" && { publicBaseUrl: public_baseurl }),
  };
}
