import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A mail server of the tests: takes every mail and keeps it. */
export class Mailbox {
  readonly mails: string[] = [];

  readonly #server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream, _session, done) => {
      let text = "";
      stream.on("data", (data: Buffer) => (text += data.toString()));
      stream.on("end", () => {
        this.mails.push(text);
        done();
      });
    },
  });

  static async open(): Promise<Mailbox> {
    const mailbox = new Mailbox();
    await once(mailbox.#server.listen(0, "127.0.0.1"), "listening");
    return mailbox;
  }

  /** The key `email` of homeserver.yaml. */
  get setting(): object {
    const { port } = this.#server.server.address() as AddressInfo;
    return {
      smtp_host: "127.0.0.1",
      smtp_port: port,
      notif_from: "%(app)s <hs@example.org>",
      enable_tls: false,
    };
  }

  close(): void {
    this.#server.close();
  }
}
