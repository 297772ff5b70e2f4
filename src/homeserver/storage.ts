import type * as rows from "./rows.js";

/** A kind of row, and its key columns. @public */
export interface Table<Row, Key extends keyof Row> {
  readonly key: readonly Key[];
  /** Doesn't exist at run time; carries the type. */
  readonly row?: Row;
}

function table<Row>() {
  return <Key extends keyof Row>(...key: Key[]): Table<Row, Key> => ({ key });
}

/** Everything the homeserver stores. @public */
export const TABLES = {
  users: table<rows.UserRow>()("userId"),
  profiles: table<rows.ProfileRow>()("userId"),
  threepids: table<rows.ThreepidRow>()("medium", "address"),
  identityBindings: table<rows.IdentityBindingRow>()("userId", "medium", "address", "idServer"),
  validations: table<rows.ValidationRow>()("sid"),
  devices: table<rows.DeviceRow>()("userId", "deviceId"),
  deviceKeys: table<rows.DeviceKeysRow>()("userId", "deviceId"),
  deviceChanges: table<rows.DeviceChangeRow>()("userId"),
  toDevice: table<rows.ToDeviceRow>()("userId", "deviceId", "messageId"),
  tokens: table<rows.TokenRow>()("token"),
  loginTokens: table<rows.LoginTokenRow>()("token"),
  renewals: table<rows.RenewalRow>()("token"),
  externalIds: table<rows.ExternalIdRow>()("authProviderId", "externalId"),
  connections: table<rows.ConnectionRow>()("token", "ip"),
  authSessions: table<rows.AuthSessionRow>()("session"),
  rooms: table<rows.RoomRow>()("roomId"),
  events: table<rows.EventRow>()("eventId"),
  state: table<rows.StateRow>()("roomId", "type", "stateKey"),
  transactions: table<rows.TransactionRow>()("userId", "deviceId", "roomId", "txnId"),
  aliases: table<rows.AliasRow>()("alias"),
  accountData: table<rows.AccountDataRow>()("userId", "roomId", "type"),
  receipts: table<rows.ReceiptRow>()("roomId", "userId", "type", "threadId"),
  typing: table<rows.TypingRow>()("roomId", "userId"),
  forgotten: table<rows.ForgottenRow>()("userId", "roomId"),
  filters: table<rows.FilterRow>()("userId", "filterId"),
  pushRules: table<rows.PushRuleRow>()("userId", "kind", "ruleId"),
  pushers: table<rows.PusherRow>()("userId", "appId", "pushKey"),
  presence: table<rows.PresenceRow>()("userId"),
  media: table<rows.MediaRow>()("mediaId"),
} as const;

/**
 * The rows of a table. Rows are copied when they go in; those that come out must not be changed, and may be frozen.
 *
 * @public
 */
export interface Rows<Row, Key extends keyof Row> {
  get(key: Pick<Row, Key>): Promise<Readonly<Row> | undefined>;
  /** Adds a row, or replaces the one with the same key. */
  put(row: Readonly<Row>): Promise<void>;
  /** Does nothing if there is no such row. */
  delete(key: Pick<Row, Key>): Promise<void>;
  /**
   * The rows whose columns equal those of `match` and, if `after` is given, are greater than its numbers; in the order in
   * which they were first added.
   */
  find(match?: Partial<Row>, after?: Partial<Row>): Promise<Readonly<Row>[]>;
}

type TablesOf<T> = { readonly [Name in keyof T]: T[Name] extends Table<infer Row, infer Key> ? Rows<Row, Key> : never };

/**
 * Where a homeserver stores its data. It stores and finds rows, and has no rules: the pipelines decide what may be
 * stored. {@link InMemoryStorage} is one; a database can be another.
 *
 * @public
 */
export interface Storage extends TablesOf<typeof TABLES> {
  /** The next number of a sequence: 1, 2, 3, … A number that a failed transaction took may be skipped or reused. */
  next(sequence: string): Promise<number>;
  /**
   * Runs a function exclusively, and keeps all that it writes, or nothing if it throws. It must use only the storage it
   * receives, and must not start another transaction.
   */
  transact<T>(f: (storage: Storage) => Promise<T>): Promise<T>;
}
