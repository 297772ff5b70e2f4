import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import type { JsonObject } from "#src/index.js";
import type { Kind } from "./storages.js";
import { HttpClient } from "./http-client.js";
import { startOn, type TestServer } from "./running.js";

const V3 = "/_matrix/client/v3";
/** Endpoints that read a body, with names in the place of ids. */
const WITH_BODY: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/login"],
  ["POST", "/register"],
  ["POST", "/register/email/requestToken"],
  ["POST", "/register/email/submitToken"],
  ["POST", "/account/deactivate"],
  ["POST", "/account/3pid/add"],
  ["POST", "/account/3pid/delete"],
  ["POST", "/delete_devices"],
  ["PUT", "/devices/DEVICE"],
  ["PUT", "/profile/USER/displayname"],
  ["PUT", "/profile/USER/avatar_url"],
  ["POST", "/user_directory/search"],
  ["POST", "/createRoom"],
  ["POST", "/rooms/ROOM/upgrade"],
  ["POST", "/rooms/ROOM/invite"],
  ["POST", "/rooms/ROOM/kick"],
  ["POST", "/rooms/ROOM/ban"],
  ["PUT", "/rooms/ROOM/send/m.room.message/TXN"],
  ["PUT", "/rooms/ROOM/state/m.room.power_levels"],
  ["PUT", "/rooms/ROOM/state/m.room.member/USER"],
  ["PUT", "/rooms/ROOM/state/m.room.join_rules"],
  ["PUT", "/rooms/ROOM/redact/$event/TXN"],
  ["PUT", "/directory/room/ALIAS"],
  ["PUT", "/directory/list/room/ROOM"],
  ["POST", "/publicRooms"],
  ["PUT", "/presence/USER/status"],
  ["PUT", "/user/USER/account_data/test"],
  ["PUT", "/user/USER/rooms/ROOM/tags/test"],
  ["POST", "/user/USER/filter"],
  ["POST", "/keys/upload"],
  ["POST", "/keys/query"],
  ["PUT", "/rooms/ROOM/typing/USER"],
  ["POST", "/rooms/ROOM/receipt/m.read/$event"],
  ["POST", "/rooms/ROOM/read_markers"],
];
/** Keys that endpoints look for, so that random bodies reach more than the first check. */
const KEYS =
  `type auth identifier user password device_id username initial_state invite invite_3pid preset visibility creation_content
  power_level_content_override room_alias_name user_id medium address users events membership reason presence search_term
  limit filter room timeline m.relates_to rel_type event_id redacts new_version room_version is_direct device_keys one_time_keys typing timeout thread_id m.read m.fully_read __proto__ sid
  client_secret email token devices threepid_creds session msgtype body state_key content`.split(/\s+/);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    "@alice:example.org",
    "@",
    "m.login.password",
    "m.login.dummy",
    "join",
    "invite",
    "public",
    "11",
  ),
  fc.constantFrom<unknown>("email", "m.room.member", "\u0000", "\ud800", "", 1e308, -1, 0.5, 2 ** 53, null, true),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("any"), { maxKeys: 6 }),
  ),
})).any;
const object = fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 5 })), value, { maxKeys: 8 });
/** Mostly JSON objects, for the rest anything. */
const body = fc.oneof(
  { weight: 8, arbitrary: object.map((made) => JSON.stringify(made)) },
  { weight: 1, arbitrary: value.map((made) => JSON.stringify(made) ?? "") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

/** What a homeserver does with requests that make no sense. */
export function describeHostileRequests(kind: Kind): void {
  describe(`the homeserver on ${kind.name}, asked badly`, () => {
    let server: TestServer;
    let alice: Awaited<ReturnType<TestServer["register"]>>;
    let room: string;
    const places: Record<string, string> = { USER: "@alice:example.org", ALIAS: "#alias:example.org", DEVICE: "D" };
    let requests = 0;

    before(async () => {
      server = await startOn(kind);
      alice = await server.register("alice");
    });

    // One per test, since a random body may make her leave it, or take away her power.
    beforeEach(async () => {
      room = String((await alice.ask("POST", `${V3}/createRoom`, { body: { preset: "public_chat" } })).room_id);
    });

    after(() => server.stop());

    /** The path of an endpoint, with real ids. */
    function pathOf(path: string): string {
      requests += 1;
      const ids: Record<string, string> = { ...places, ROOM: room, TXN: String(requests) };
      return V3 + path.replace(/[A-Z]{3,}/g, (name) => encodeURIComponent(ids[name] ?? name));
    }

    async function send(method: string, path: string, text: string): Promise<[number, JsonObject]> {
      // As in HttpClient.
      const headers = { Authorization: `Bearer ${alice.accessToken}`, Connection: "close" };
      const response = await fetch(server.url + path, { method, headers, body: text });
      return [response.status, (await response.json()) as JsonObject];
    }

    it(`the homeserver on ${kind.name} never answers 500 to a random body, nor waits forever`, async () => {
      const runs = kind.name === "memory" ? 200 : 60;
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...WITH_BODY), body, async ([method, path], text) => {
          const [status, answer] = await send(method, pathOf(path), text);
          expect(status, JSON.stringify([method, path, text, answer])).to.be.below(500);
          if (status >= 400 && !("flows" in answer)) {
            expect(answer.errcode, `${method} ${path} ${text}`)
              .to.be.a("string")
              .that.matches(/^[A-Z_.]+$/);
            expect(answer.error).to.be.a("string");
          }
        }),
        { numRuns: runs },
      );
    });

    it(`the homeserver on ${kind.name} never answers 500 to random ids in paths and queries`, async () => {
      const text = fc.oneof(
        fc.string({ unit: "binary", maxLength: 6 }),
        fc.constantFrom(
          "!r:example.org",
          "$e",
          "#a:b",
          "@u:example.org",
          "..",
          "%00",
          "%",
          "\u0000",
          "../../etc/passwd",
        ),
      );
      const paths = [
        (id: string) => `${V3}/rooms/${id}/messages?from=${id}&limit=${id}`,
        (id: string) => `${V3}/rooms/${id}/event/${id}`,
        (id: string) => `${V3}/rooms/${id}/state/${id}/${id}`,
        (id: string) => `${V3}/rooms/${id}/members?membership=${id}`,
        (id: string) => `${V3}/profile/${id}`,
        (id: string) => `${V3}/directory/room/${id}`,
        (id: string) => `${V3}/devices/${id}`,
        (id: string) => `${V3}/sync?since=${id}&filter=${id}`,
        (id: string) => `${V3}/sync?set_presence=${id}&timeout=${id}`,
        (id: string) => `${V3}/user/${id}/filter/${id}`,
        (id: string) => `${V3}/publicRooms?since=${id}&limit=${id}`,
        (id: string) => `/_matrix/client/v1/media/download/${id}/${id}/${id}`,
        (id: string) => `/_synapse/admin/v2/users/${id}`,
      ];
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...paths), text, async (path, id) => {
          const encoded = encodeURIComponent(id.replace(/\p{Surrogate}/gu, "\u0000"));
          const response = await alice.fetch("GET", path(encoded));
          await response.arrayBuffer();
          expect(response.status, path(id)).to.be.below(500);
        }),
        { numRuns: kind.name === "memory" ? 100 : 40 },
      );
    });

    const refused: readonly [
      what: string,
      method: string,
      path: string,
      text: string,
      status: number,
      errcode: string,
    ][] = [
      ["JSON that breaks off", "POST", "/createRoom", '{"name": "', 400, "M_NOT_JSON"],
      ["a list for an object", "POST", "/createRoom", "[]", 400, "M_BAD_JSON"],
      ["a number for text", "POST", "/createRoom", '{"name": 1}', 400, "M_INVALID_PARAM"],
      ["a body that is too large", "POST", "/createRoom", `{"name": "${"x".repeat(1024 * 1024)}"}`, 413, "M_TOO_LARGE"],
      [
        "a body that is nested deeply",
        "POST",
        "/createRoom",
        `{"x": ${"[".repeat(5000)}${"]".repeat(5000)}}`,
        400,
        "M_BAD_JSON",
      ],
      ["half a character", "POST", "/createRoom", String.raw`{"name": "\ud800"}`, 400, "M_BAD_JSON"],
      ["an unknown endpoint", "POST", "/nothing", "{}", 404, "M_UNRECOGNIZED"],
      ["an unknown method", "POST", "/sync", "{}", 405, "M_UNRECOGNIZED"],
      ["a user id that is none", "POST", "/rooms/ROOM/invite", '{"user_id": "bob"}', 400, "M_INVALID_PARAM"],
      [
        "an e-mail address that is none",
        "POST",
        "/register/email/requestToken",
        '{"client_secret": "x", "email": ""}',
        400,
        "M_INVALID_PARAM",
      ],
      ["no user id", "POST", "/rooms/ROOM/invite", "{}", 400, "M_MISSING_PARAM"],
      ["a fraction in an event", "PUT", "/rooms/ROOM/send/m.test/TXN", '{"x": 0.5}', 400, "M_BAD_JSON"],
      [
        "an event that is too large",
        "PUT",
        "/rooms/ROOM/send/m.test/TXN",
        `{"x": "${"x".repeat(65_536)}"}`,
        413,
        "M_TOO_LARGE",
      ],
    ];
    for (const [what, method, path, text, status, errcode] of refused) {
      it(`the homeserver on ${kind.name} answers ${status} ${errcode} to ${what}`, async () => {
        const [actual, answer] = await send(method, pathOf(path), text);
        expect([actual, answer.errcode]).to.deep.equal([status, errcode]);
      });
    }

    it(`the homeserver on ${kind.name} answers 401 without a token, and with an unknown one`, async () => {
      const codes = async (client: HttpClient) => {
        const response = await client.fetch("GET", `${V3}/account/whoami`);
        return [response.status, ((await response.json()) as JsonObject).errcode];
      };
      expect(await codes(new HttpClient(server.url))).to.deep.equal([401, "M_MISSING_TOKEN"]);
      expect(await codes(new HttpClient(server.url, "wrong"))).to.deep.equal([401, "M_UNKNOWN_TOKEN"]);
    });

    it(`the homeserver on ${kind.name} serves no file for a media id that is a path`, async () => {
      for (const id of ["..%2F..%2Fpackage.json", "%2Fetc%2Fpasswd", "..%5C..", "%252e%252e%252fpasswd", "a%00b"]) {
        const response = await alice.fetch("GET", `/_matrix/client/v1/media/download/example.org/${id}`);
        expect([id, response.status >= 400 && response.status < 500]).to.deep.equal([id, true]);
      }
    });

    it(`the homeserver on ${kind.name} lets a page in a browser ask`, async () => {
      const preflight = await alice.fetch("OPTIONS", `${V3}/sync`);
      expect(preflight.status).to.equal(204);
      expect(preflight.headers.get("access-control-allow-headers")).to.include("Authorization");
      const refusal = await new HttpClient(server.url).fetch("GET", `${V3}/sync`);
      expect(refusal.headers.get("access-control-allow-origin")).to.equal("*");
    });

    it(`the homeserver on ${kind.name} logs each request once, by the id that its response has`, async () => {
      const response = await alice.fetch("GET", `${V3}/nothing`);
      const id = response.headers.get("x-request-id")!;
      const lines = server.logs.map(({ message }) => message).filter((line) => line.startsWith(`${id} `));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(
        / \/_matrix\/client\/v3\/nothing 404 \d+ ms: M_UNRECOGNIZED There is no such endpoint$/,
      );
    });

    const uploadHead = () =>
      `POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.accessToken}\r\n`;

    it(`the homeserver on ${kind.name} continues after an upload that is cut off, keeps nothing of it, and logs it once`, async () => {
      const before = (await server.homeserver.storage.media.find()).length;
      const logged = () => server.logs.filter(({ message }) => message.includes("/_matrix/media/v3/upload")).length;
      const [lines, errors] = [logged(), server.logs.filter(({ level }) => level === "error").length];
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      await once(socket, "connect");
      socket.write(`${uploadHead()}Content-Length: 1000\r\n\r\nhalf`);
      await setTimeout(200);
      socket.destroy();
      while (logged() === lines) await setTimeout(20);
      expect((await server.homeserver.storage.media.find()).length).to.equal(before);
      expect(logged()).to.equal(lines + 1);
      expect(server.logs.filter(({ level }) => level === "error").length).to.equal(errors);
      expect(await alice.ask("GET", `${V3}/account/whoami`)).to.include({ user_id: alice.userId });
    });

    it(`the homeserver on ${kind.name} refuses an upload that is too large before it has all of it`, async () => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.write(`${uploadHead()}Content-Length: ${50 * 1024 * 1024 + 1}\r\nConnection: close\r\n\r\nits beginning`);
      let response = "";
      for await (const chunk of socket) if ((response += String(chunk)).includes("}")) break;
      expect([response.split("\r\n")[0], /"errcode":"(\w+)"/.exec(response)?.[1]]).to.deep.equal([
        "HTTP/1.1 413 Payload Too Large",
        "M_TOO_LARGE",
      ]);
    });

    it(`the homeserver on ${kind.name} sends an event once, however often the client asks`, async () => {
      const path = pathOf("/rooms/ROOM/send/m.room.message/TXN");
      const ask = () => alice.ask("PUT", path, { body: { msgtype: "m.text", body: "once" } });
      const ids = await Promise.all([ask(), ask(), ask()]);
      const again = await ask();
      expect(new Set([...ids, again].map(({ event_id }) => event_id)).size).to.equal(1);
    });
  });
}
