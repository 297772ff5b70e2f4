import { inspect } from "node:util";

/** The beginning of every secret that is poured: no output may show it. */
export const MARK = "poured-";

/** How a secret gets into a string that a module throws, logs or answers. */
export const SPILLS: Readonly<Record<string, (secret: string) => string>> = {
  json: (secret) => `wrong fields ${JSON.stringify({ user: "bob", password: secret })}`,
  jsonInJson: (secret) => `sent ${JSON.stringify({ body: JSON.stringify({ access_token: secret }) })}`,
  inspected: (secret) =>
    `request ${inspect({ headers: { Authorization: `Bearer ${secret}` }, auth: { client_secret: secret } })}`,
  query: (secret) => `GET /_matrix/client/v3/sync?access_token=${secret}&timeout=0 failed`,
  header: (secret) => `Authorization: Bearer ${secret}`,
  cookie: (secret) => `Cookie: session=${secret}; theme=dark`,
  url: (secret) => `connect to postgres://synapse:${secret}@db.example.org/synapse failed`,
  line: (secret) => `config:\n  shared_secret: ${secret}\n`,
  token: (secret) => `no such token syt_${secret}`,
};

/** What a module may throw with such a string in it. */
export const ERRORS: Readonly<Record<string, (spill: string, secret: string) => unknown>> = {
  message: (spill) => new Error(spill),
  cause: (spill) => new Error("outer", { cause: new TypeError(spill) }),
  member: (spill, secret) =>
    Object.assign(new Error("failed"), { request: { text: spill, config: { password: secret } } }),
  members: (spill) => new AggregateError([new Error(spill)], "all failed"),
  string: (spill) => spill,
  object: (spill, secret) => ({ text: spill, access_token: secret }),
};
