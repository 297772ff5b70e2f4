import { dirname, resolve } from "node:path";
import { IsNotEmpty, IsString } from "class-validator";
import {
  inject,
  Module,
  ModuleConfig,
  ModuleInfo,
  ModuleLogger,
  ParsedUserId,
  PasswordAuth,
  postConstruct,
  Registration,
  Server,
  Users,
  type AuthResult,
  type DeviceId,
  type JsonObject,
  type LoginResponse,
  type Medium,
  type UserId,
} from "ligand";
import { PasswordHash } from "./passwords.js";
import { readUserFile, type FileUser } from "./user-file.js";

export class FileUsersConfig {
  /** A JSON file of users. A relative path starts at the directory of the configuration file. */
  @IsString() @IsNotEmpty() users_file!: string;
}

/** Lets users of a file log in: by password, by e-mail address, or by a password for one application. */
@Module({ config: FileUsersConfig })
export class FileUsers {
  #users: ReadonlyMap<string, FileUser> = new Map();
  /** A hash of no password: checked for unknown users, so that the reply takes as long either way. */
  #decoy!: PasswordHash;

  constructor(
    @inject(ModuleConfig) private readonly config: FileUsersConfig,
    @inject(ModuleInfo) private readonly info: ModuleInfo,
    @inject(ModuleLogger) private readonly log: ModuleLogger,
    @inject(Server) private readonly server: Server,
    @inject(Users) private readonly users: Users,
    @inject(Registration) private readonly registration: Registration,
  ) {}

  /** Awaited before the host starts: with a broken file the homeserver does not start. */
  @postConstruct()
  async load(): Promise<void> {
    const directory = dirname(this.info.position?.file ?? "");
    this.#users = await readUserFile(resolve(directory, this.config.users_file));
    this.#decoy = await PasswordHash.of("");
  }

  @PasswordAuth.authChecker("m.login.password", ["password"])
  async checkPassword(username: string, _type: string, { password }: JsonObject): Promise<AuthResult | null> {
    return this.#check(this.#find(username), (user) => user.password, password);
  }

  @PasswordAuth.authChecker("org.example.login.app_password", ["app", "password"])
  async checkAppPassword(username: string, _type: string, { app, password }: JsonObject): Promise<AuthResult | null> {
    return this.#check(this.#find(username), (user) => user.appPasswords.get(String(app)), password);
  }

  @PasswordAuth.check3pidAuth()
  async checkEmail(medium: Medium, address: string, password: string): Promise<AuthResult | null> {
    const user =
      medium === "email" ? [...this.#users.values()].find(({ emails }) => emails.includes(address)) : undefined;
    return this.#check(user, ({ password: hash }) => hash, password);
  }

  @PasswordAuth.onLoggedOut()
  noteLogout(userId: UserId, deviceId: DeviceId | null): void {
    this.log.info(`${userId} logged out of ${deviceId ?? "a session without a device"}`);
  }

  /** Clients send a localpart or a whole user id. */
  #find(username: string): FileUser | undefined {
    const { localpart, domain } = ParsedUserId.fromString(this.server.getQualifiedUserId(username));
    return domain === this.server.serverName ? this.#users.get(localpart) : undefined;
  }

  async #check(
    user: FileUser | undefined,
    hashOf: (user: FileUser) => PasswordHash | undefined,
    password: unknown,
  ): Promise<AuthResult | null> {
    const hash = user && hashOf(user);
    const matches = await (hash ?? this.#decoy).matches(String(password));
    // Null leaves the question to the modules that follow, and then to the homeserver's own passwords.
    if (!user || !hash || !matches) return null;
    return [await this.#account(user), (response) => this.#greet(response)];
  }

  /** The module owes the homeserver an account: it is created when its user first logs in. */
  async #account({ localpart, emails }: FileUser): Promise<UserId> {
    const userId = this.server.getQualifiedUserId(localpart);
    const known = await this.users.checkUserExists(userId);
    return known ?? this.registration.registerUser(localpart, { emails });
  }

  /** Called once the login succeeded; what it changes, the client receives. */
  #greet(response: LoginResponse): void {
    response.well_known = { "m.homeserver": { base_url: this.server.publicBaseUrl } };
  }
}
