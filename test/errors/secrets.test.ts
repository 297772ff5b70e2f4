import { expect } from "chai";
import fc from "fast-check";
import { inspect } from "node:util";
import type { Logform } from "winston";
import { describeFound } from "#src/config/describe-found.js";
import { hideSecret, isSecretKey, redactText } from "#src/errors/secrets.js";
import { redactSecrets } from "#src/logging/redact-secrets.js";

const SECRET_KEYS = [
  "password",
  "newPassword",
  "admin_password",
  "adminpassword",
  "passwd",
  "passphrase",
  "pass",
  "token",
  "access_token",
  "refreshTokens",
  "secret",
  "client_secret",
  "registration_shared_secret",
  "secret_value",
  "credential",
  "credentials",
  "cookie",
  "Set-Cookie",
  "authorization",
  "X-Api-Key",
  "APIKEY",
  "signing_key",
  "macaroon_secret_key",
  "privateKey",
  "key",
];

const OTHER_KEYS = [
  "tokenId",
  "token_type",
  "password_file",
  "secretary",
  "stateKey",
  "state_key",
  "public_key",
].concat(["monkey", "author", "compass", "bypass", "room_id"]);

describe("isSecretKey", () => {
  it("isSecretKey recognises the keys that name a secret, in every spelling", () => {
    expect(SECRET_KEYS.filter((key) => !isSecretKey(key))).to.deep.equal([]);
  });

  it("isSecretKey leaves keys that are about a secret, or only resemble one", () => {
    expect(OTHER_KEYS.filter(isSecretKey)).to.deep.equal([]);
  });

  it("problems, logs and error texts hide the same values", () => {
    const logged = redactSecrets().transform(
      Object.fromEntries(
        [...SECRET_KEYS, ...OTHER_KEYS].map((key) => [key, "hunter2"]),
      ) as unknown as Logform.TransformableInfo,
    ) as object;
    for (const [key, value] of Object.entries(logged)) {
      const isSecret = SECRET_KEYS.includes(key);
      expect(value, key).to.equal(isSecret ? "[redacted]" : "hunter2");
      expect(describeFound("hunter2", ["config", key]), key).to.equal(
        isSecret ? "a string (not shown)" : 'the string "hunter2"',
      );
      expect(redactText(JSON.stringify({ [key]: "hunter2" })).includes("hunter2"), key).to.equal(!isSecret);
    }
  });
});

describe("redactText", () => {
  for (const [what, text, redacted] of [
    ["JSON", 'got {"password":"hun\\"ter2","n":1}', 'got {"password":"[redacted]","n":1}'],
    ["numbers of JSON", '{"token":12345,"n":1}', '{"token":[redacted],"n":1}'],
    ["lists and objects of JSON", '{"tokens":["a","b"],"n":1}', '{"tokens":[redacted],"n":1}'],
    ["JSON that was cut", 'body {"n":1,"password":"hunt', 'body {"n":1,"password":"[redacted]'],
    ["inspected objects", "{ access_token: 'abc', n: 1 }", "{ access_token: '[redacted]', n: 1 }"],
    ["inspected maps", "Map(1) { 'secret' => 'x y' }", "Map(1) { 'secret' => '[redacted]' }"],
    ["URLs with a password", "at postgres://u:p@ss@host/d", "at postgres://u:[redacted]@host/d"],
    ["URLs whose password has slashes", "at postgres://u:/p@ss@host/d", "at postgres://u:[redacted]@host/d"],
    ["parameters", "/sync?access_token=abc&since=5", "/sync?access_token=[redacted]&since=5"],
    ["quoted parameters", 'password="a b" n=1', 'password="[redacted]" n=1'],
    ["headers", "Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"],
    ["cookies", "Cookie: a=b; c=d\nHost: x", "Cookie: [redacted]\nHost: x"],
    ["lines of YAML", "  password: hunter2\n  n: 1", "  password: [redacted]\n  n: 1"],
    ["Synapse's tokens", "unknown syt_YWxpY2U_abcdefgh_123456", "unknown [redacted]"],
    ["JSON Web Tokens", "unknown eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "unknown [redacted]"],
    [
      "private keys",
      "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
      "-----BEGIN PRIVATE KEY----- [redacted] -----END PRIVATE KEY-----",
    ],
  ] as const) {
    it(`redactText takes secrets out of ${what}`, () => {
      expect(redactText(text)).to.equal(redacted);
    });
  }

  for (const text of [
    "at /srv/token.js:10:5",
    "at check (/srv/password-auth.js:41:7)",
    "Invalid password: it must have 8 characters",
    "https://localhost:8080/x?email=a@b.c",
    '{"token":null,"has_password":true}',
    "@alice:example.org joined !room:example.org",
    'found the string "x"; it must be a number',
  ]) {
    it(`redactText doesn't change \`${text}\``, () => {
      expect(redactText(text)).to.equal(text);
    });
  }

  it("law: no value of a secret key is left in JSON, however often it was put into a string, or in inspected data", () => {
    const secret = fc.string({ unit: fc.constantFrom("x", "\\", '"', "'", "`", "\n", " ", ":", "{", "]", "é") });
    fc.assert(
      fc.property(fc.constantFrom(...SECRET_KEYS), secret, fc.integer({ min: 0, max: 3 }), (key, value, depth) => {
        const marked = `HIDE${value}HIDE`;
        let text = JSON.stringify({ before: 1, [key]: marked, after: "kept" });
        for (let level = 0; level < depth; level++) text = JSON.stringify(`in ${text}`);
        expect(redactText(text)).not.to.contain("HIDE");
        expect(redactText(text)).to.contain("kept");
        expect(redactText(inspect({ [key]: marked, after: "kept" }))).not.to.contain("HIDE");
      }),
      { numRuns: 500 },
    );
  });

  it("law: redacting twice changes nothing more", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("password", ":", '"', "=", " ", "x", "\\", "{", "}", "\n", "://", "@")),
        (parts) => {
          const once = redactText(parts.join(""));
          expect(redactText(once)).to.equal(once);
        },
      ),
      // Found once: two at signs after a password that begins with a slash.
      { examples: [[["://", "://", "@", "@"]], [["://", "://", "x", "@", "x", "@"]]] },
    );
  });
});

describe("hideSecret", () => {
  it("hideSecret hides a long secret wherever it stands, as it is written there", () => {
    hideSecret('lazuli"velvet');
    expect(redactText('xlazuli"velvetx {"a":"lazuli\\"velvet"} ?a=lazuli%22velvet')).to.equal(
      'x[redacted]x {"a":"[redacted]"} ?a=[redacted]',
    );
  });

  it("hideSecret hides a short secret only as a word of its own", () => {
    hideSecret("ocelo$t");
    expect(redactText("ocelo$t, ocelo$ts, 'ocelo$t'")).to.equal("[redacted], ocelo$ts, '[redacted]'");
  });

  it("hideSecret hides nothing that has fewer than four characters", () => {
    hideSecret("qzx");
    expect(redactText("qzx")).to.equal("qzx");
  });
});
