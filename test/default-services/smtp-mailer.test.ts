import { expect } from "chai";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { LigandError } from "#src/errors/ligand-error.js";
import { SmtpMailer, type SmtpOptions } from "#src/default-services/smtp-mailer.js";
import { failureOf } from "../failure-of.js";

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly raw: string;
}

const addressOf = (address: SMTPServerSession["envelope"]["mailFrom"]) => (address ? address.address : "");

describe("SmtpMailer", () => {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === "user" && password === "right" ? done(null, { user: username }) : done(new RangeError("Go away")),
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith("full@") ? Object.assign(new RangeError("Mailbox full"), { responseCode: 452 }) : null),
    onData: async (stream, { envelope }, done) => {
      const raw = await text(stream);
      received.push({ from: addressOf(envelope.mailFrom), to: envelope.rcptTo.map(({ address }) => address), raw });
      done();
    },
  });
  let port: number;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.server.address() as { port: number }).port;
  });
  after(() => new Promise<void>((resolve) => server.close(resolve)));
  beforeEach(() => void received.splice(0));

  const mailer = (options: Partial<SmtpOptions> = {}) =>
    new SmtpMailer({ from: "%(app)s <noreply@x.example>", host: "127.0.0.1", port, appName: "Chat", ...options });
  const mailFailure = async (sent: Promise<unknown>) => (await failureOf(sent)) as LigandError;

  it("case 491: SmtpMailer sends both forms in one mail, from the application, and asks for no automatic answers", async () => {
    await mailer().sendMail("Bob <bob@y.example>", "Hi ☃", "<p>html form</p>", "text form");
    expect(received).to.have.lengthOf(1);
    const [{ from, to, raw }] = received as [Received];
    expect([from, to]).to.deep.equal(["noreply@x.example", ["bob@y.example"]]);
    const [head, ...parts] = raw.split(/\r\n\r\n|\r\n----/);
    const headers = new Map(
      head!
        .replaceAll(/\r\n\s+/g, " ")
        .split("\r\n")
        .map((line) => line.split(/: /, 2) as [string, string]),
    );
    expect(headers.get("From")).to.equal("Chat <noreply@x.example>");
    expect(headers.get("To")).to.equal("Bob <bob@y.example>");
    expect(headers.get("Subject")).to.equal("=?UTF-8?Q?Hi_=E2=98=83?=");
    expect(headers.get("Auto-Submitted")).to.equal("auto-generated");
    expect(headers.get("X-Auto-Response-Suppress")).to.equal("All");
    expect(headers.get("Content-Type")).to.match(/^multipart\/alternative;/);
    expect(parts.filter((part) => part === "text form" || part === "<p>html form</p>")).to.deep.equal([
      "text form",
      "<p>html form</p>",
    ]);
  });

  it("SmtpMailer logs in where it is asked to", async () => {
    await mailer({ user: "user", password: "right" }).sendMail("bob@y.example", "s", "h", "t");
    expect(received).to.have.lengthOf(1);
    const error = await mailFailure(
      mailer({ user: "user", password: "wrong-secret" }).sendMail("bob@y.example", "s", "h", "t"),
    );
    expect(error.message).to.equal("couldn't hand over the mail to bob@y.example");
    expect(String(error.cause)).not.to.include("wrong-secret");
  });

  for (const recipient of [
    "",
    "Bob",
    "Bob <>",
    "bob@",
    "@y.example",
    "a@b.example, c@d.example",
    "a@b.example\r\nBcc: c@d",
  ]) {
    it(`case 491: SmtpMailer refuses the recipient ${JSON.stringify(recipient)}`, async () => {
      const error = await mailFailure(mailer().sendMail(recipient, "s", "h", "t"));
      expect(error).to.be.instanceOf(LigandError);
      expect([error.code, error.message]).to.deep.equal([
        "LIGAND_ARGUMENT_INVALID",
        `${JSON.stringify(recipient)} has no e-mail address; expected user@example.org or Name <user@example.org>`,
      ]);
      expect(received).to.deep.equal([]);
    });
  }

  it("SmtpMailer rejects when the server refuses the mail, and when there is no server", async () => {
    for (const [options, pattern] of [
      [{}, /Mailbox full/],
      [{ port: 1 }, /ECONNREFUSED/],
    ] as const) {
      const error = await mailFailure(mailer(options).sendMail("full@y.example", "s", "h", "t"));
      expect([error.code, error.message]).to.deep.equal([
        "LIGAND_SERVICE_FAILED",
        "couldn't hand over the mail to full@y.example",
      ]);
      expect(String(error.cause)).to.match(pattern);
    }
  });

  it("SmtpMailer doesn't send in the open when encryption is required", async () => {
    const error = await mailFailure(mailer({ tls: "required" }).sendMail("bob@y.example", "s", "h", "t"));
    expect([error.code, received]).to.deep.equal(["LIGAND_SERVICE_FAILED", []]);
  });

  it("SmtpMailer doesn't let a subject add headers", async () => {
    await mailer().sendMail("bob@y.example", "a\r\nX-Evil: 1", "h", "t");
    expect(received[0]!.raw).to.match(/^Subject: a X-Evil: 1\r$/m);
  });
});
