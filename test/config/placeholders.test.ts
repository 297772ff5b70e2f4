import { expect } from "chai";
import { Scalar } from "yaml";
import { scalarFaults } from "#src/config/scalar-faults.js";

const UNFILLED = "the value looks like a placeholder that wasn't filled in; Ligand uses it literally";
const WITHIN = "the value seems to have a placeholder that wasn't filled in; Ligand uses it literally";
const ENCRYPTED = "the value is encrypted; Ligand uses it literally";
const REFERENCE = "the value says where a secret is; Ligand uses it literally";

const VALUES: Readonly<Record<string, readonly string[]>> = {
  [UNFILLED]: [
    "${{ secrets.TOKEN }}",
    "%TOKEN%",
    "((bot/token))",
    "#{token}",
    "#{token}#",
    "%(token)s",
    "@@TOKEN@@",
    "[[token]]",
    "[[ .bot.name ]]",
    "<<token>>",
    "<access-token>",
    "<redacted>",
    "enter your token here",
    "TODO",
    "PLACEHOLDER",
    "[REDACTED]",
    "********",
  ],
  [WITHIN]: ["Bearer ${TOKEN}", "postgres://ligand:${DB_PASSWORD:-none}@db/ligand"],
  [ENCRYPTED]: [
    "ENC[PKCS7,MIIB]",
    "ENC(4fd=)",
    "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl",
    "-----BEGIN PGP MESSAGE-----",
  ],
  [REFERENCE]: ["op://homeserver/bot/token", "ref+vault://secret/bot#/token", "vault:secret/data/bot#token"],
};

/** What modules may mean by themselves, however much it looks like something else. */
const MEANT = [
  "Welcome, {{ user }}!",
  "Hello ${user}",
  "$5 a month",
  "((spam|eggs))",
  "[[:alpha:]]+",
  "[[spam]]",
  "#{1,3} headings",
  "<p>",
  "<b>token</b>",
  "todo",
  "xxx",
  "**",
  "100%",
  "%s and %s",
  "vault: the secret",
  "https://example.org/#op",
  "Put the bins out here",
];

const messagesOf = (value: string) => scalarFaults(new Scalar(value), 0).map(({ message }) => message);

describe("values that were to be replaced", () => {
  for (const [message, values] of Object.entries(VALUES)) {
    for (const value of values) {
      it(`ligand check warns of ${JSON.stringify(value)}: ${message}`, () => {
        expect(messagesOf(value)).to.deep.equal([message]);
      });
    }
  }

  for (const value of MEANT) {
    it(`ligand check takes ${JSON.stringify(value)} for what an administrator means`, () => {
      expect(messagesOf(value)).to.deep.equal([]);
    });
  }
});
