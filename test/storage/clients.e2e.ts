import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { MatrixAuth, type MatrixClient as Bot } from "matrix-bot-sdk";
import { createClient, Visibility, type MatrixClient, type MatrixEvent, Preset } from "matrix-js-sdk";
import type { SyncResponse } from "#examples/homeserver/sync/sync.js";
import { quietClients } from "#examples/homeserver/clients/quiet-clients.js";
import {
  Codes,
  deny,
  Module,
  NOT_SPAM,
  SpamChecker,
  WebResource,
  type JsonObject,
  type RoomEvent,
  type RoomId,
} from "#src/index.js";
import { HttpClient } from "../examples/homeserver/http-client.js";
import { startOn, type TestServer } from "../examples/homeserver/running.js";
import { MEMORY } from "../examples/homeserver/storages.js";
import { LASTING_KINDS } from "./lasting-kinds.js";
import { failureOf } from "../failure-of.js";
import { until } from "../until.js";

/** Refuses what is called spam, and serves a page. */
@Module()
class NoSpam {
  @SpamChecker.checkEventForSpam()
  check(event: RoomEvent) {
    return event.content.body === "spam" ? deny(Codes.FORBIDDEN, { error: "No spam" }) : NOT_SPAM;
  }

  @WebResource("/_synapse/client/page")
  page(): Response {
    return new Response("a page");
  }
}

for (const kind of [MEMORY, ...LASTING_KINDS]) {
  describe(`clients of the homeserver on ${kind.name}`, () => {
    let server: TestServer;
    let alice: MatrixClient;
    let bot: Bot;
    let botId: string;
    let names = 0;

    before(async () => {
      quietClients();
      server = await startOn(kind, { modules: [{ module: NoSpam }] });
    });

    after(() => server.stop());

    beforeEach(async () => {
      names += 1;
      const { body } = await server.register(`alice${names}`);
      const { user_id: userId, access_token: accessToken, device_id: deviceId } = body as Record<string, string>;
      alice = createClient({ baseUrl: server.url, userId: userId!, accessToken: accessToken!, deviceId: deviceId! });
      await alice.startClient({ initialSyncLimit: 20 });
      await until(() => alice.isInitialSyncComplete());
      bot = await new MatrixAuth(server.url).passwordRegister(`bot${names}`, "secret");
      botId = await bot.getUserId();
    });

    afterEach(() => {
      alice.stopClient();
      bot.stop();
    });

    async function sharedRoom(): Promise<string> {
      const { room_id: room } = await alice.createRoom({ preset: Preset.PublicChat, name: "Lobby" });
      await bot.joinRoom(room);
      await until(() => alice.getRoom(room)?.getMember(botId)?.membership === "join");
      return room;
    }

    function bodies(room: string): unknown[] {
      const events: MatrixEvent[] = alice.getRoom(room)?.getLiveTimeline().getEvents() ?? [];
      return events
        .filter((event) => event.getType() === "m.room.message")
        .map((event) => event.getContent().body as unknown);
    }

    it(`clients of the homeserver on ${kind.name} talk to each other`, async () => {
      const room = await sharedRoom();
      const heard: unknown[] = [];
      bot.on("room.message", (_: string, event: object) => heard.push(contentOf(event).body));
      await bot.start();
      await alice.sendTextMessage(room, "hello");
      await until(() => heard.length > 0);
      await bot.sendText(room, "hello yourself");
      await until(() => bodies(room).length === 2);
      expect(heard[0]).to.equal("hello");
      expect(bodies(room)).to.deep.equal(["hello", "hello yourself"]);
    });

    it(`clients of the homeserver on ${kind.name} see a module's refusal as an error with its message`, async () => {
      const room = await sharedRoom();
      const refusal = (await failureOf(bot.sendText(room, "spam"))) as { body: unknown };
      expect(refusal.body).to.deep.equal({ errcode: "M_FORBIDDEN", error: "No spam" });
    });

    it(`clients of the homeserver on ${kind.name} see an invite with the room's name, accept it, and see who left and who was kicked`, async () => {
      const invites: { room: string; name: unknown }[] = [];
      const left: string[] = [];
      bot.on("room.invite", (room: string) => invites.push({ room, name: undefined }));
      bot.on("room.leave", (room: string) => left.push(room));
      await bot.start();
      const { room_id: room } = await alice.createRoom({ name: "Secret", invite: [botId] });
      await until(() => invites.length > 0);
      await bot.joinRoom(room);
      await until(() => alice.getRoom(room)?.getJoinedMemberCount() === 2);
      expect(await bot.getRoomStateEvent(room, "m.room.name", "")).to.deep.equal({ name: "Secret" });
      await alice.kick(room, botId, "out");
      await until(() => left.length > 0);
      expect([invites[0]!.room, left]).to.deep.equal([room, [room]]);
      expect(await bot.getJoinedRooms()).to.deep.equal([]);
      await until(() => alice.getRoom(room)?.getMember(botId)?.membership === "leave");
    });

    it(`clients of the homeserver on ${kind.name} see what came before by pages, in order`, async () => {
      const { room_id: room } = await alice.createRoom({ preset: Preset.PublicChat });
      const all = Array.from({ length: 45 }, (_, index) => `message ${index}`);
      for (const body of all) await alice.sendTextMessage(room, body);
      await bot.joinRoom(room);
      const reader = createClient({ baseUrl: server.url, userId: botId, accessToken: bot.accessToken });
      await reader.startClient({ initialSyncLimit: 5 });
      await until(() => reader.getRoom(room) !== null);
      const found = reader.getRoom(room)!;
      while (found.getLiveTimeline().getPaginationToken("b" as never) !== null) await reader.scrollback(found, 20);
      reader.stopClient();
      const events = found.getLiveTimeline().getEvents();
      const messages = events.filter((event) => event.getType() === "m.room.message");
      expect(messages.map((event) => event.getContent().body as unknown)).to.deep.equal(all);
      expect(events[0]!.getType()).to.equal("m.room.create");
    });

    it(`clients of the homeserver on ${kind.name} continue after the limit of a timeline with the state between`, async () => {
      const room = await sharedRoom();
      const client = new HttpClient(server.url, alice.getAccessToken()!);
      const path = "/_matrix/client/v3/sync";
      const { next_batch: since } = await client.ask<{ next_batch: string }>("GET", path);
      await alice.sendStateEvent(room, "m.room.topic" as never, { topic: "new" } as never, "");
      for (let index = 0; index < 25; index += 1) await bot.sendText(room, `message ${index}`);
      const filter = JSON.stringify({ room: { timeline: { limit: 3 } } });
      const answer = await client.ask<SyncResponse>("GET", path, { query: { since, filter } });
      const { timeline, state } = answer.rooms.join[room as RoomId]!;
      expect(timeline.events.map((event) => contentOf(event).body)).to.deep.equal(
        [22, 23, 24].map((n) => `message ${n}`),
      );
      expect(timeline.limited).to.equal(true);
      expect(state.events.map((event) => contentOf(event))).to.deep.equal([{ topic: "new" }]);
    });

    it(`clients of the homeserver on ${kind.name} send files to each other`, async () => {
      const uri = await bot.uploadContent(Buffer.from([1, 2, 3]), "application/x-test", "file.bin");
      const response = await fetch(alice.mxcUrlToHttp(uri, undefined, undefined, undefined, false, true, true)!, {
        headers: { Authorization: `Bearer ${alice.getAccessToken()}` },
      });
      expect(Array.from(new Uint8Array(await response.arrayBuffer()))).to.deep.equal([1, 2, 3]);
      expect(response.headers.get("content-type")).to.equal("application/x-test");
      expect(response.headers.get("content-disposition")).to.equal("attachment; filename*=utf-8''file.bin");
    });

    it(`clients of the homeserver on ${kind.name} redact, and keep account data, presence, names and the list of rooms`, async () => {
      const room = await sharedRoom();
      const { event_id: eventId } = await alice.sendTextMessage(room, "a mistake");
      await bot.redactEvent(room, eventId).catch(() => undefined);
      await alice.redactEvent(room, eventId);
      await until(() => alice.getRoom(room)!.findEventById(eventId)!.isRedacted());
      expect((await bot.getEvent(room, eventId)).content).to.deep.equal({});

      await bot.setAccountData("org.example", { x: 1 });
      expect(await bot.getAccountData("org.example")).to.deep.equal({ x: 1 });
      await bot.setDisplayName("The Bot");
      await bot.setPresenceStatus("online", "at work");
      await until(() => alice.getRoom(room)?.getMember(botId)?.name === "The Bot");
      await until(() => alice.getUser(botId)?.presenceStatusMsg === "at work");
      await alice.setRoomDirectoryVisibility(room, Visibility.Public);
      const { chunk } = await alice.publicRooms({ filter: { generic_search_term: "lobby" } });
      expect(chunk.find((listed) => listed.room_id === room)).to.include({ name: "Lobby", num_joined_members: 2 });
    });

    it(`clients of the homeserver on ${kind.name} move to the room that replaces one`, async () => {
      const room = await sharedRoom();
      const { replacement_room: replacement } = await alice.upgradeRoom(room, "11");
      await until(() => alice.getRoom(replacement) !== null);
      const create = await bot
        .joinRoom(replacement)
        .then(() => bot.getRoomStateEvent(replacement, "m.room.create", ""));
      expect(create.predecessor.room_id).to.equal(room);
    });

    it(`clients of the homeserver on ${kind.name} wait for news, and are woken by them`, async () => {
      const room = await sharedRoom();
      const client = new HttpClient(server.url, bot.accessToken);
      const path = "/_matrix/client/v3/sync";
      const { next_batch: since } = await client.ask<{ next_batch: string }>("GET", path);
      const begun = requestBegins(since);
      const waiting = client.ask<SyncResponse>("GET", path, { query: { since, timeout: "30000" } });
      await begun;
      // Time to read what there is so far, after which it waits.
      await setTimeout(100);
      await alice.sendTextMessage(room, "wake up");
      const { timeline } = (await waiting).rooms.join[room as RoomId]!;
      expect(timeline.events.map((event) => contentOf(event).body)).to.deep.equal(["wake up"]);
      expect(timeline.events[0]).to.not.have.property("room_id");
    });

    it(`clients of the homeserver on ${kind.name} read what a module serves`, async () => {
      const response = await new HttpClient(server.url).fetch("GET", "/_synapse/client/page");
      expect([response.status, await response.text()]).to.deep.equal([200, "a page"]);
    });

    it("who wait are answered by a server that stops", async () => {
      const own = await startOn(kind);
      const carol = await own.register("carol");
      const path = "/_matrix/client/v3/sync";
      const { next_batch: since } = await carol.ask<{ next_batch: string }>("GET", path);
      const begun = requestBegins(since);
      const waiting = carol.ask("GET", path, { query: { since, timeout: "60000" } });
      await begun;
      await setTimeout(100);
      await own.stop();
      expect((await waiting).next_batch).to.equal(since);
    });
  });
}

/** Resolves once a server of this process has the request that asks for what's new since then. */
function requestBegins(since: string): Promise<void> {
  return new Promise((resolve) => {
    const begins = (message: unknown) => {
      const { url } = (message as { request: IncomingMessage }).request;
      if (new URL(url!, "http://x").searchParams.get("since") !== since) return;
      unsubscribe("http.server.request.start", begins);
      resolve();
    };
    subscribe("http.server.request.start", begins);
  });
}

function contentOf(event: object): JsonObject {
  return (event as { content: JsonObject }).content;
}
