import { setImmediate } from "node:timers/promises";
import type { Hooks } from "../../catalogue/index.js";
import type { HookContext } from "../../hooks/context.js";
import { Codes } from "../../matrix/codes.js";
import type { MxcUri, UserId } from "../../matrix/identifiers.js";
import type { JsonObject } from "../../matrix/json.js";
import { MatrixError, NotFoundError } from "../../matrix/matrix-error.js";
import type { FileInfo, MediaUploadLimit, ReadableFile } from "../../matrix/records.js";
import { NOT_SPAM } from "../../matrix/verdict.js";
import type { Clock } from "../../services/clock.js";
import type { Server } from "../../services/server.js";
import type { HomeserverSettings } from "../homeserver-settings.js";
import { randomId } from "../random-id.js";
import type { MediaRow } from "../user-data-rows.js";
import type { Storage } from "../storage.js";

/** A file that a client uploads. @public */
export interface Upload {
  readonly content: Uint8Array;
  readonly contentType?: string;
  readonly name?: string;
}

const CHUNK_BYTES = 16 * 1024;

/** The media repository. @public */
export class Media {
  constructor(
    private readonly parts: {
      readonly hooks: Pick<Hooks, "mediaRepository" | "spamChecker">;
      readonly storage: Pick<Storage, "media">;
      readonly settings: Pick<HomeserverSettings, "maxUploadBytes" | "mediaUploadLimits">;
      readonly clock: Clock;
      readonly server: Server;
    },
  ) {}

  /** `GET …/media/config`. */
  async config(userId: UserId, context?: HookContext): Promise<JsonObject> {
    const { hooks, settings } = this.parts;
    const ofModules = await hooks.mediaRepository.getMediaConfigForUser(userId, context);
    return ofModules ?? { "m.upload.size": settings.maxUploadBytes };
  }

  /**
   * `POST /upload`. The order: the server's limit; `isUserAllowedToUploadMediaOfSize`; the file is stored;
   * `checkMediaFileForSpam`; the limits per period, the longest first. A refused file is deleted.
   */
  async upload(userId: UserId, upload: Upload, context?: HookContext): Promise<MxcUri> {
    const { hooks, settings, storage, server, clock } = this.parts;
    const size = upload.content.byteLength;
    const { mediaRepository } = hooks;
    const isAllowed =
      size <= settings.maxUploadBytes &&
      (await mediaRepository.isUserAllowedToUploadMediaOfSize(userId, size, context));
    if (!isAllowed) throw new MatrixError(413, "The upload is too large", Codes.TOO_LARGE);

    const row: MediaRow = {
      mediaId: randomId("media"),
      userId,
      content: upload.content,
      contentType: upload.contentType ?? "application/octet-stream",
      name: upload.name ?? null,
      createdTs: clock.nowMs(),
    };
    await storage.media.put(row);
    try {
      await this.#checkForSpam(row, context);
      await this.#checkLimits(userId, row, context);
    } catch (error) {
      await storage.media.delete(row);
      throw error;
    }
    return `mxc://${server.serverName}/${row.mediaId}`;
  }

  /** `GET …/media/download/{serverName}/{mediaId}`. */
  async download(uri: MxcUri): Promise<MediaRow> {
    const { serverName } = this.parts.server;
    const [, server, mediaId = ""] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    const row = server === serverName ? await this.parts.storage.media.get({ mediaId }) : undefined;
    if (!row) throw new NotFoundError(`Media ${uri} doesn't exist`);
    return row;
  }

  /** The module's verdict isn't shown to the uploading client. */
  async #checkForSpam({ mediaId, content }: MediaRow, context?: HookContext): Promise<void> {
    const info: FileInfo = { serverName: null, fileId: mediaId, urlCache: false, thumbnail: null };
    const { spamChecker } = this.parts.hooks;
    const verdict = await spamChecker.checkMediaFileForSpam(fileOf(mediaId, content), info, context);
    if (verdict !== NOT_SPAM) throw new MatrixError(400, "Bad content");
  }

  async #checkLimits(userId: UserId, { mediaId, content }: MediaRow, context?: HookContext): Promise<void> {
    const { hooks, settings } = this.parts;
    const { mediaRepository } = hooks;
    const limits =
      (await mediaRepository.getMediaUploadLimitsForUser(userId, context)) ?? longestFirst(settings.mediaUploadLimits);
    for (const limit of limits) {
      const sent = await this.#bytesSent(userId, limit, mediaId);
      if (sent + content.byteLength <= limit.maxBytes) continue;
      await mediaRepository.onMediaUploadLimitExceeded(userId, limit, sent, content.byteLength, context);
      throw new MatrixError(400, "The upload limit is exceeded", Codes.RESOURCE_LIMIT_EXCEEDED);
    }
  }

  /** Bytes uploaded in the period, not counting the current upload. */
  async #bytesSent(userId: UserId, { timePeriodMs }: MediaUploadLimit, exceptId: string): Promise<number> {
    const since = this.parts.clock.nowMs() - timePeriodMs;
    const rows = await this.parts.storage.media.find({ userId });
    return rows
      .filter(({ mediaId, createdTs }) => mediaId !== exceptId && createdTs > since)
      .reduce((sum, { content }) => sum + content.byteLength, 0);
  }
}

function longestFirst(limits: readonly MediaUploadLimit[]): MediaUploadLimit[] {
  return limits.toSorted((one, other) => other.timePeriodMs - one.timePeriodMs);
}

/** The bytes as the file that spam checkers read; its path says that there is no file on disk. */
function fileOf(mediaId: string, content: Uint8Array): ReadableFile {
  return {
    path: `memory:${mediaId}`,
    async writeChunksTo(write) {
      for (let start = 0; start < content.byteLength; start += CHUNK_BYTES) {
        write(content.slice(start, start + CHUNK_BYTES));
        await setImmediate();
      }
    },
  };
}
