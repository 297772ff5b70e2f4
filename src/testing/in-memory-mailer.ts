import { Mailer, type Mail } from "../services/mailer.js";
import type { Server } from "../services/server.js";

/** A {@link Mailer} that keeps its mails for the test to read. @public */
export class InMemoryMailer extends Mailer {
  /** Every mail, oldest first. */
  readonly outbox: Mail[] = [];
  protected readonly from: string;

  constructor(private readonly server: Pick<Server, "serverName" | "emailAppName">) {
    super();
    this.from = `%(app)s <noreply@${server.serverName}>`;
  }

  protected get appName(): string {
    return this.server.emailAppName;
  }

  protected async deliver(mail: Mail): Promise<void> {
    this.outbox.push(mail);
  }
}
