import { expect } from "chai";
import type { ErrorRecord, ReadRecord, Recorded } from "#src/decisions/decision-record.js";
import { NotFoundError, type MatrixError } from "#src/matrix/matrix-error.js";
import { RecordComparer } from "#src/replay/compare-recorded.js";
import { replayedService } from "#src/replay/replayed-services.js";
import { Scene } from "#src/replay/scene.js";
import { UnknownInReplay } from "#src/replay/unknown.js";
import type { AccountDataStore } from "#src/services/account-data-store.js";
import type { Database } from "#src/services/database.js";
import { HttpResponseError } from "#src/services/http-response-error.js";
import type { HttpClient } from "#src/services/http-client.js";
import type { Profiles } from "#src/services/profiles.js";
import type { Rooms } from "#src/services/rooms.js";
import type { ServiceName } from "#src/services/services.js";
import { failureOf } from "../failure-of.js";
import { called, decision, message } from "./recorded.js";

describe("a service in a replay", () => {
  /** A service as it's used by a callback that was answered so. */
  function answered<Service>(name: ServiceName, reads: readonly ReadRecord[], module = "m"): Service {
    const scene = new Scene();
    scene.begin(decision({ callbacks: [called("m", "M.check", { reads })] }));
    scene.enter("m", "M.check");
    const comparer = new RecordComparer(undefined, undefined);
    return replayedService(name, module, { scene, comparer: () => comparer }) as Service;
  }
  const unknown = async (promise: Promise<unknown>) => {
    const error = await failureOf(promise);
    expect(error).to.be.an.instanceOf(UnknownInReplay);
    const { reason, path } = (error as UnknownInReplay).unknown;
    return [reason, path];
  };

  it("answers each question once, in the order of the record, if it has the same arguments", async () => {
    const url = "https://list.example/";
    const read = (answer: string): ReadRecord => ({ service: "HttpClient.getJson", args: [url, {}], answer });
    const http = answered<HttpClient>("HttpClient", [read("first"), read("second")]);
    expect(await unknown(http.getJson("https://other.example/", {}))).to.deep.equal([
      "missing read",
      "HttpClient.getJson",
    ]);
    const { signal } = new AbortController();
    expect([await http.getJson(url, { signal }), await http.getJson(url, {})]).to.deep.equal(["first", "second"]);
    expect(await unknown(http.getJson(url, {}))).to.deep.equal(["missing read", "HttpClient.getJson"]);
  });

  it("throws what it threw, by its class", async () => {
    const error = { name: "NotFoundError", message: "no such user", status: 404, errcode: "M_NOT_FOUND" };
    const profiles = answered<Profiles>("Profiles", [{ service: "Profiles.getProfileForUser", args: ["ann"], error }]);
    const thrown = await failureOf(profiles.getProfileForUser("ann"));
    expect(thrown).to.be.an.instanceOf(NotFoundError).with.property("message", "no such user");
  });

  it("says that the further members and the headers of a Matrix error aren't known", async () => {
    const errors: readonly ErrorRecord[] = [
      { name: "LimitExceededError", message: "slow down", status: 429, errcode: "M_LIMIT_EXCEEDED" },
      { name: "MatrixError", message: "no", status: 403, errcode: "ORG_EXAMPLE_NO" },
    ].map((each) => ({ ...each, fields: { $: "left out" }, headers: { $: "left out" } }));
    for (const error of errors) {
      const service = "Profiles.getProfileForUser";
      const profiles = answered<Profiles>("Profiles", [{ service, args: ["ann"], error }]);
      const thrown = (await failureOf(profiles.getProfileForUser("ann"))) as MatrixError;
      expect(thrown).to.include({ status: error.status, errcode: error.errcode, message: error.message });
      for (const member of ["fields", "headers"] as const) {
        const reads = async () => thrown[member];
        expect(await unknown(reads())).to.deep.equal(["left out", `${service}.${member}`]);
      }
      expect(await unknown((async () => thrown.body())())).to.deep.equal(["left out", `${service}.fields`]);
    }
  });

  it("makes events of what was recorded of events", async () => {
    const rooms = answered<Rooms>("Rooms", [
      {
        service: "Rooms.getRoomState",
        args: ["!room:hs"],
        answer: { $: "map", of: [[["m.room.name", ""], message({ type: "m.room.name", state_key: "" })]] },
      },
    ]);
    const state = await rooms.getRoomState("!room:hs");
    expect(state.get("m.room.name")).to.deep.include({ type: "m.room.name", sender: "@eve:hs", stateKey: "" });
  });

  it("knows the status of a response, and nothing else of it", async () => {
    const http = answered<HttpClient>("HttpClient", [
      {
        service: "HttpClient.request",
        args: ["GET", "https://list.example/"],
        answer: { status: 404, body: { $: "uncarried", of: "the body of a response" } },
        acts: true,
      },
    ]);
    const response = await http.request("GET", "https://list.example/");
    expect([response.status, response.ok]).to.deep.equal([404, false]);
    expect(() => response.headers).to.throw(UnknownInReplay);
    expect(await unknown((async () => response.json())())).to.deep.equal(["uncarried", "HttpClient.request.json"]);
  });

  it("knows the body of a response that was read, however it's read now", async () => {
    const args = ["GET", "https://list.example/"];
    const answer = (body: Recorded, json?: Recorded): ReadRecord => ({
      service: "HttpClient.request",
      args,
      answer: { status: 200, body, ...(json !== undefined && { json }) },
      acts: true,
    });
    const http = answered<HttpClient>("HttpClient", [
      ...Array.from({ length: 5 }, () => answer('{"a": 1}')),
      answer({ $: "secret" }, { access_token: { $: "secret" }, user: "ann" }),
      answer({ $: "left out" }),
      answer({ $: "cut" }),
    ]);
    const ask = () => http.request("GET", "https://list.example/");
    expect(await (await ask()).json()).to.deep.equal({ a: 1 });
    expect(await (await ask()).text()).to.equal('{"a": 1}');
    expect(Buffer.from(await (await ask()).arrayBuffer()).toString()).to.equal('{"a": 1}');
    const response = await ask();
    expect([await response.clone().text(), response.bodyUsed, await response.text(), response.bodyUsed]).to.deep.equal([
      '{"a": 1}',
      false,
      '{"a": 1}',
      true,
    ]);
    let streamed = "";
    for await (const part of (await ask()).body!) streamed += Buffer.from(part).toString();
    expect(streamed).to.equal('{"a": 1}');
    const secret = await ask();
    const json = (await secret.json()) as { readonly user: string; readonly access_token: string };
    expect(json.user).to.equal("ann");
    expect(await unknown((async () => json.access_token)())).to.deep.equal([
      "secret",
      "HttpClient.request.json.access_token",
    ]);
    expect(await unknown((async () => secret.text())())).to.deep.equal(["secret", "HttpClient.request.text"]);
    const [leftOut, cut] = [await ask(), await ask()];
    expect(await unknown((async () => leftOut.json())())).to.deep.equal(["left out", "HttpClient.request.json"]);
    expect(await unknown((async () => cut.body)())).to.deep.equal(["cut", "HttpClient.request.body"]);
  });

  it("throws a response's error with its status; what its body was isn't known", async () => {
    const read = (message: string): ReadRecord => ({
      service: "HttpClient.getJson",
      args: ["https://list.example/"],
      error: { name: "HttpResponseError", code: "LIGAND_SERVICE_FAILED", message },
    });
    const http = answered<HttpClient>("HttpClient", [
      read("the server answered with status 404 Not Found"),
      read("the server answered with status 500"),
      read("another message"),
    ]);
    const ask = () => http.getJson("https://list.example/");
    const notFound = (await failureOf(ask())) as HttpResponseError;
    expect(notFound).to.be.an.instanceOf(HttpResponseError).and.include({ status: 404, reason: "Not Found" });
    expect(() => notFound.body).to.throw(UnknownInReplay);
    expect(await failureOf(ask())).to.include({ status: 500, reason: "" });
    expect(await unknown(ask())).to.deep.equal(["uncarried", "HttpClient.getJson"]);
  });

  it("knows what a transaction's function returned, and not what it put elsewhere", async () => {
    const args = ["look up", { $: "uncarried", of: "a function" }];
    const database = answered<Database>("Database", [
      { service: "Database.runInteraction", args, answer: [1] },
      { service: "Database.runInteraction", args, answer: { $: "undefined" } },
    ]);
    const run = () => database.runInteraction("look up", () => expect.fail("the transaction ran"));
    expect(await run()).to.deep.equal([1]);
    expect(await unknown(run())).to.deep.equal(["uncarried", "Database.runInteraction"]);
  });

  it("doesn't do what acts, and answers nothing to a module that isn't being called", async () => {
    const data = answered<AccountDataStore>("AccountDataStore", []);
    expect(await data.putGlobal("@ann:hs", "type", {})).to.equal(undefined);
    const late = answered<Profiles>(
      "Profiles",
      [{ service: "Profiles.getProfileForUser", args: ["ann"], answer: {} }],
      "another",
    );
    expect(await unknown(late.getProfileForUser("ann"))).to.deep.equal(["missing read", "Profiles.getProfileForUser"]);
  });
});
