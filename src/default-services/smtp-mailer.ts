import type { Transporter } from "nodemailer";
import { LigandError } from "../errors/ligand-error.js";
import { importOptional } from "./import-optional.js";
import { outsideRequests } from "../services/outside-requests.js";
import { Mailer, type Mail } from "../services/mailer.js";

/** Where an {@link SmtpMailer} sends mail, and in whose name. @public */
export interface SmtpOptions {
  /** The sender, such as `%(app)s <noreply@example.org>`; `%(app)s` is replaced by the application's name. */
  readonly from: string;
  /** `Matrix` by default. */
  readonly appName?: string;
  readonly host: string;
  /** 465 with `tls: "always"`, 587 otherwise, by default. */
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  /**
   * Whether the connection is encrypted: from the start (`always`), by STARTTLS or not at all (`required`), by
   * STARTTLS if the server offers it (`offered`, the default), or never (`never`).
   */
  readonly tls?: "always" | "required" | "offered" | "never";
}

/** A {@link Mailer} that speaks SMTP by the package `nodemailer`, which is loaded with the first mail. */
export class SmtpMailer extends Mailer {
  protected readonly from: string;
  protected readonly appName: string;
  readonly #options: SmtpOptions;
  #transport: Promise<Transporter> | undefined;

  constructor(options: SmtpOptions) {
    super();
    this.from = options.from;
    this.appName = options.appName ?? "Matrix";
    this.#options = options;
  }

  protected async deliver(mail: Mail): Promise<void> {
    const transport = await (this.#transport ??= outsideRequests(() => connect(this.#options)));
    try {
      await transport.sendMail({ ...mail, headers: { ...mail.headers } });
    } catch (cause) {
      throw new LigandError("LIGAND_SERVICE_FAILED", `couldn't hand over the mail to ${mail.to}`, { cause });
    }
  }
}

async function connect({ host, port, user, password, tls = "offered" }: SmtpOptions): Promise<Transporter> {
  const { createTransport } = await importOptional<typeof import("nodemailer")>("nodemailer", "Mailer");
  return createTransport({
    host,
    port: port ?? (tls === "always" ? 465 : 587),
    secure: tls === "always",
    requireTLS: tls === "required",
    ignoreTLS: tls === "never",
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    // Modules' templates must not read files or fetch URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
