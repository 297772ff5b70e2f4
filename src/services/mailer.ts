import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** A mail that's ready to send. @public */
export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks other programs not to reply: no out-of-office notes. (RFC 3834.) */
const NO_AUTO_REPLY = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };

/** Whether a string is an e-mail address without a name, as far as its form says. */
export function isMailAddress(text: string): boolean {
  return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(text);
}

/** Sends e-mail. @public */
export abstract class Mailer {
  static readonly declaration: ServiceDeclaration<Mailer> = {
    runsIn: "homeserver",
    methods: {
      sendMail: { does: "acts", takes: ["personal"], returns: "nothing" },
    },
  };

  /** The configured sender; `%(app)s` is replaced by the application's name. */
  protected abstract readonly from: string;
  /** The application's name. */
  protected abstract readonly appName: string;

  /**
   * Sends a mail as both HTML and plain text, from the configured sender. (`send_mail`, 1.39.)
   *
   * @param recipient `user@example.org` or `Name <user@example.org>`.
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the recipient has no address; `LIGAND_SERVICE_FAILED` when the
   *   mail couldn't be handed over.
   */
  async sendMail(recipient: string, subject: string, html: string, text: string): Promise<void> {
    const address = typeof recipient === "string" && (/<([^<>]*)>\s*$/.exec(recipient)?.[1] ?? recipient).trim();
    if (address === false || !isMailAddress(address) || /[\r\n]/.test(recipient)) {
      throw new LigandError(
        "LIGAND_ARGUMENT_INVALID",
        `${shownArgument(recipient)} has no e-mail address; expected user@example.org or Name <user@example.org>`,
      );
    }
    const from = this.from.replaceAll("%(app)s", this.appName);
    await this.deliver({ from, to: recipient, subject, html, text, headers: NO_AUTO_REPLY });
  }

  /** Hands a mail to its transport. */
  protected abstract deliver(mail: Mail): Promise<void>;
}
