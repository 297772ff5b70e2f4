import type {
  UserRow,
  ProfileRow,
  ThreepidRow,
  IdentityBindingRow,
  ValidationRow,
  DeviceRow,
  DeviceKeysRow,
  DeviceChangeRow,
  ToDeviceRow,
  TokenRow,
  LoginTokenRow,
  RenewalRow,
  ExternalIdRow,
  ConnectionRow,
  AuthSessionRow,
} from "./account-rows.js";
import type {
  RoomRow,
  EventRow,
  StateRow,
  TransactionRow,
  AliasRow,
  ReceiptRow,
  TypingRow,
  ForgottenRow,
} from "./room-rows.js";
import type { AccountDataRow, FilterRow, PushRuleRow, PusherRow, PresenceRow, MediaRow } from "./user-data-rows.js";

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
  users: table<UserRow>()("userId"),
  profiles: table<ProfileRow>()("userId"),
  threepids: table<ThreepidRow>()("medium", "address"),
  identityBindings: table<IdentityBindingRow>()("userId", "medium", "address", "idServer"),
  validations: table<ValidationRow>()("sid"),
  devices: table<DeviceRow>()("userId", "deviceId"),
  deviceKeys: table<DeviceKeysRow>()("userId", "deviceId"),
  deviceChanges: table<DeviceChangeRow>()("userId"),
  toDevice: table<ToDeviceRow>()("userId", "deviceId", "messageId"),
  tokens: table<TokenRow>()("token"),
  loginTokens: table<LoginTokenRow>()("token"),
  renewals: table<RenewalRow>()("token"),
  externalIds: table<ExternalIdRow>()("authProviderId", "externalId"),
  connections: table<ConnectionRow>()("token", "ip"),
  authSessions: table<AuthSessionRow>()("session"),
  rooms: table<RoomRow>()("roomId"),
  events: table<EventRow>()("eventId"),
  state: table<StateRow>()("roomId", "type", "stateKey"),
  transactions: table<TransactionRow>()("userId", "deviceId", "roomId", "txnId"),
  aliases: table<AliasRow>()("alias"),
  accountData: table<AccountDataRow>()("userId", "roomId", "type"),
  receipts: table<ReceiptRow>()("roomId", "userId", "type", "threadId"),
  typing: table<TypingRow>()("roomId", "userId"),
  forgotten: table<ForgottenRow>()("userId", "roomId"),
  filters: table<FilterRow>()("userId", "filterId"),
  pushRules: table<PushRuleRow>()("userId", "kind", "ruleId"),
  pushers: table<PusherRow>()("userId", "appId", "pushKey"),
  presence: table<PresenceRow>()("userId"),
  media: table<MediaRow>()("mediaId"),
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
