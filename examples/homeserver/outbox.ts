import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Mailer, type Mail, type Server } from "ligand";

/** Mails go no further than a folder, one file each: there their tokens can be read. */
export class Outbox extends Mailer {
  protected readonly from: string;
  #mails = 0;

  constructor(
    private readonly folder: string,
    private readonly server: Server,
  ) {
    super();
    this.from = `%(app)s <noreply@${server.serverName}>`;
  }

  protected get appName(): string {
    return this.server.emailAppName;
  }

  protected async deliver({ from, to, subject, text }: Mail): Promise<void> {
    this.#mails += 1;
    await mkdir(this.folder, { recursive: true });
    const name = `${Date.now()}-${this.#mails}.txt`;
    await writeFile(join(this.folder, name), `From: ${from}\nTo: ${to}\nSubject: ${subject}\n\n${text}\n`);
  }
}
