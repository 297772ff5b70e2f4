import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import type { Logger } from "winston";
import { certificateIn, type Certificate } from "./fake-server.js";
import { FederationGate } from "./federation-gate.js";
import type { Entry } from "./ligand-serve.js";
import { MatrixClient, roomPath, type Body } from "./matrix-client.js";
import { PYTHON, RunningSynapse } from "./running-synapse.js";
import { SwitchedSynapse } from "./switched-synapse.js";

/** Two Synapses that federate: ours, whose modules run in the process of the tests, and a plain one, without modules. */
export class FederatedSynapses {
  #remoteAccounts = 0;

  private constructor(
    private readonly directory: string,
    /** Ours. */
    readonly switched: SwitchedSynapse,
    private readonly remote: RunningSynapse,
    /** What the other server asked of ours. */
    readonly here: FederationGate,
    /** What ours asked of the other server. */
    readonly there: FederationGate,
    /** For servers that ours is to trust. */
    readonly certificate: Certificate,
  ) {}

  /**
   * @param modules further modules of ours, behind the switchboard.
   * @param logger where they log; errors are printed by default.
   */
  static async start(modules: readonly Entry[] = [], logger?: Logger): Promise<FederatedSynapses> {
    const directory = await mkdtemp(join(tmpdir(), "ligand-federation-"));
    const certificateFile = join(directory, "localhost.pem");
    const certificate = await certificateIn(certificateFile);
    const [here, there] = [await FederationGate.open(certificate), await FederationGate.open(certificate)];
    const federating = ({ serverName }: FederationGate) => ({
      server_name: serverName,
      federation_custom_ca_list: [certificateFile],
      ip_range_whitelist: ["127.0.0.1", "::1"],
      // A failure that a test wants is not held against the server.
      federation: { destination_min_retry_interval: 1, destination_max_retry_interval: 1 },
      rc_federation: { sleep_limit: 10_000, reject_limit: 10_000 },
      experimental_features: { msc4354_enabled: true },
    });
    const starting = [
      SwitchedSynapse.start(
        { ...federating(here), rc_third_party_invite: { per_second: 10_000, burst_count: 10_000 } },
        { further: modules, env: { SSL_CERT_FILE: certificateFile }, ...(logger && { logger }) },
      ),
      RunningSynapse.start({ directory, modules: [], settings: federating(there) }),
    ] as const;
    const [switched, remote] = await Promise.all(starting).catch(async (error: unknown) => {
      for (const started of await Promise.allSettled(starting)) {
        if (started.status === "fulfilled") await started.value.stop();
      }
      here.close();
      there.close();
      throw error;
    });
    here.leadTo(switched.client.url);
    there.leadTo(remote.url);
    return new FederatedSynapses(directory, switched, remote, here, there, certificate);
  }

  /** A new account of our server. */
  user(): Promise<MatrixClient> {
    return this.switched.user();
  }

  /** A new account of the other server. */
  remoteUser(): Promise<MatrixClient> {
    return new MatrixClient(this.remote.url).register(`remote${++this.#remoteAccounts}`);
  }

  /** A room of one user that a user of the other server has joined. */
  async sharedRoom(creator: MatrixClient, guest: MatrixClient): Promise<string> {
    const room = await creator.createRoom({ preset: "public_chat" });
    await guest.post(`/_matrix/client/v3/join/${encodeURIComponent(room)}?via=${serverOf(creator)}`);
    return room;
  }

  /** Sends a message; returns its id, which is the same on both servers. */
  async send(sender: MatrixClient, room: string, body: string): Promise<string> {
    return ((await sender.sendMessage(room, body)).body as { event_id: string }).event_id;
  }

  /** An event as our server has stored it; nothing when it has not. */
  async stored(eventId: string): Promise<StoredEvent | null> {
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", READ, this.switched.databaseFile, eventId]);
    return JSON.parse(stdout) as StoredEvent | null;
  }

  /** Whether our server keeps an event in mind to bring it to clients while it is sticky (MSC4354). */
  async isTrackedAsSticky(eventId: string): Promise<boolean> {
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", COUNT, this.switched.databaseFile, eventId]);
    return Number(stdout) > 0;
  }

  /** Waits until our server has stored an event. */
  async untilStored(eventId: string): Promise<StoredEvent> {
    for (const deadline = Date.now() + 60_000; ; await setTimeout(100)) {
      const event = await this.stored(eventId);
      if (event) return event;
      if (Date.now() > deadline) throw new Error(`${eventId} was not stored`);
    }
  }

  async stop(): Promise<void> {
    await this.switched.stop();
    await this.remote.stop();
    this.here.close();
    this.there.close();
    await rm(this.directory, { recursive: true });
  }
}

/** What only the database shows of an event. */
export interface StoredEvent {
  readonly content: Body;
  readonly isSoftFailed: boolean;
  readonly isSpam: boolean;
}

const READ = `
import json, sqlite3, sys

_, file, event_id = sys.argv
with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
    row = database.execute("SELECT json, internal_metadata FROM event_json WHERE event_id = ?", (event_id,)).fetchone()
if row is None:
    print("null")
else:
    event, metadata = map(json.loads, row)
    flags = {"isSoftFailed": "soft_failed", "isSpam": "spam_checker_spammy"}
    print(json.dumps({"content": event["content"], **{key: metadata.get(name, False) for key, name in flags.items()}}))
`;

const COUNT = `
import sqlite3, sys

_, file, event_id = sys.argv
with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
    print(*database.execute("SELECT count(*) FROM sticky_events WHERE event_id = ?", (event_id,)).fetchone())
`;

/** The server of a user. */
export function serverOf({ userId }: MatrixClient): string {
  return userId.slice(userId.indexOf(":") + 1);
}

/** What a user is to a room, in the eyes of a member of it. */
export async function membershipIn(room: string, { userId }: MatrixClient, member: MatrixClient): Promise<unknown> {
  return (await member.get(`${roomPath(room)}/state/m.room.member/${userId}`))["membership"];
}
