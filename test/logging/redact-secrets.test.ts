import { expect } from "chai";
import winston from "winston";
import { redactSecrets } from "#src/logging/redact-secrets.js";
import { CapturedStream } from "./captured-stream.js";

/** What a host's own logger writes for one line, with our format among its own. */
function logged(message: string, data?: object): unknown {
  const stream = new CapturedStream();
  const logger = winston.createLogger({
    format: winston.format.combine(redactSecrets(), winston.format.splat(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream })],
  });
  logger.info(message, data);
  return JSON.parse(stream.text);
}

describe("redactSecrets", () => {
  it("redactSecrets masks keys that name a secret, in any spelling and at any depth", () => {
    const data = {
      password: "p",
      newPassword: "p",
      token: "t",
      access_token: "t",
      refreshTokens: ["t"],
      secret: { deep: "s" },
      registration_shared_secret: "s",
      "X-Api-Key": "k",
      headers: { Authorization: "Bearer t", "Set-Cookie": "c", accept: "*/*" },
      list: [{ passwd: 1 }],
    };
    expect(logged("x", data)).to.deep.equal({
      level: "info",
      message: "x",
      password: "[redacted]",
      newPassword: "[redacted]",
      token: "[redacted]",
      access_token: "[redacted]",
      refreshTokens: "[redacted]",
      secret: "[redacted]",
      registration_shared_secret: "[redacted]",
      "X-Api-Key": "[redacted]",
      headers: { Authorization: "[redacted]", "Set-Cookie": "[redacted]", accept: "*/*" },
      list: [{ passwd: "[redacted]" }],
    });
  });

  it("redactSecrets leaves keys that only resemble one, and keys that hold nothing", () => {
    const data = { tokenId: 5, secretary: "Bob", hasPassword: true, password: null, author: "x" };
    expect(logged("x", data)).to.deep.equal({ level: "info", message: "x", ...data });
  });

  it("redactSecrets masks tokens that a string shows", () => {
    expect(
      logged("GET /sync?access_token=syt_abc&since=5 with Bearer syt_abc and password=hunter2", { url: "/?token=1" }),
    ).to.deep.equal({
      level: "info",
      message: "GET /sync?access_token=[redacted]&since=5 with Bearer [redacted] and password=[redacted]",
      url: "/?token=[redacted]",
    });
  });

  it("redactSecrets masks tokens that a key shows", () => {
    expect(logged("x", { "GET /?access_token=t1": 1, nested: { "Bearer t2": 2 } })).to.deep.equal({
      level: "info",
      message: "x",
      "GET /?access_token=[redacted]": "[redacted]",
      nested: { "Bearer [redacted]": 2 },
    });
  });

  it("redactSecrets masks what an error carries", () => {
    const error = Object.assign(new TypeError("failed"), { request: { headers: { authorization: "Bearer t" } } });
    const { error: written } = logged("x", { error }) as { error: { stack: unknown } };
    expect(written).to.deep.equal({
      name: "TypeError",
      message: "failed",
      stack: error.stack,
      request: { headers: { authorization: "[redacted]" } },
    });
  });

  it("redactSecrets masks data that a later format puts into the message", () => {
    expect(logged("got %j", { password: "hunter2" })).to.include({ message: 'got {"password":"[redacted]"}' });
  });

  it("redactSecrets cuts data that is very deep", () => {
    let deep: object = { end: true };
    for (let depth = 0; depth < 20; depth += 1) deep = { deep };
    expect(JSON.stringify(logged("x", { deep }))).to.contain("[deeper]");
  });

  it("redactSecrets doesn't change what was logged", () => {
    const data = { password: "p", inner: { token: "t" } };
    logged("x", data);
    expect(data).to.deep.equal({ password: "p", inner: { token: "t" } });
  });
});
