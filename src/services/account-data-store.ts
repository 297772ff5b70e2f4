import { LigandError } from "../errors/ligand-error.js";
import { ParsedUserId, type UserId } from "../matrix/identifiers.js";
import { copyJson, frozenCopy, isPlainObject, type DeepReadonly, type JsonObject } from "../matrix/json.js";
import { assertJson } from "./assert-json.js";
import type { Server } from "./server.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** The global account data of the homeserver's users. (`AccountDataManager` in Synapse, 1.57.) @public */
export abstract class AccountDataStore {
  static readonly declaration: ServiceDeclaration<AccountDataStore> = {
    runsIn: "homeserver",
    methods: {
      getGlobal: { does: "reads", takes: ["personal", "public"], returns: "body", isFrozen: true },
      putGlobal: { does: "acts", takes: ["personal", "public"], returns: "nothing" },
    },
  };

  protected abstract readonly server: Server;

  /**
   * The data of one type, or null if there is none. The copy is deeply frozen: to change it, copy it and pass the copy to
   * {@link AccountDataStore.putGlobal}. (`get_global`.)
   *
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for a malformed id.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a user of another server.
   */
  async getGlobal(userId: UserId, type: string): Promise<DeepReadonly<JsonObject> | null> {
    this.#checkLocal(userId);
    const data = await this.readGlobal(userId, type);
    return data === null ? null : frozenCopy(data as JsonObject);
  }

  /**
   * Replaces the data of one type, calls `onAccountDataUpdated` and wakes the user's clients. (`put_global`.)
   *
   * @throws {MatrixError} 400 `M_INVALID_PARAM` for a malformed id.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a user of another server, a type that isn't a string, data that
   *   isn't a plain object, or a user who has no account here; checked in this order.
   */
  async putGlobal(userId: UserId, type: string, newData: DeepReadonly<JsonObject>): Promise<void> {
    this.#checkLocal(userId);
    if (typeof type !== "string")
      throw invalid(`the type of account data must be a string, but it's of type ${typeof type}`);
    if (!isPlainObject(newData)) throw invalid("account data must be a plain object");
    assertJson(newData, "account data");
    if (!(await this.isRegistered(userId))) throw invalid(`user ${userId} has no account on this server`);
    await this.writeGlobal(userId, type, copyJson(newData) as JsonObject);
  }

  protected abstract readGlobal(userId: UserId, type: string): Promise<DeepReadonly<JsonObject> | null>;

  /** Stores data that has been checked, calls `onAccountDataUpdated` and wakes the user's clients. */
  protected abstract writeGlobal(userId: UserId, type: string, data: JsonObject): Promise<void>;

  /** Whether one of our users has an account. */
  protected abstract isRegistered(userId: UserId): Promise<boolean>;

  #checkLocal(userId: UserId): void {
    if (!this.server.isMine(ParsedUserId.fromString(userId))) {
      throw invalid(`user ${userId} belongs to another server; only local users have account data`);
    }
  }
}

function invalid(message: string): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", message);
}
