import { ParsedUserId, RoomEvent, startModules, StateMap, type JsonObject, type Requester } from "ligand";

const ALICE = "@alice:example.org";
const ROOM = "!lobby:example.org";
const host = await startModules({ configFile: "examples/third-party-rules/homeserver.yaml" });
const { checkEventAllowed, onCreateRoom, checkVisibilityCanBeModified } = host.hooks.thirdPartyRules;

function event(type: string, content: JsonObject, stateKey?: string): RoomEvent {
  const state = stateKey === undefined ? {} : { state_key: stateKey };
  return new RoomEvent({ room_id: ROOM, type, sender: ALICE, content, ...state });
}

const encryption = event("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }, "");
const encryptedRoom = StateMap.ofEvents([encryption]);
const openRoom = new StateMap<RoomEvent>();

console.log("# Events");
const edit = {
  body: "* what the heck",
  "m.new_content": { msgtype: "m.text", body: "what the heck" },
  "m.relates_to": { rel_type: "m.replace", event_id: "$first" },
};
for (const sent of [
  event("m.room.message", { msgtype: "m.text", body: "Good morning" }),
  event("m.room.message", { msgtype: "m.text", body: "DARN it", formatted_body: "<b>DARN</b> it" }),
  event("m.room.message", edit),
  event("m.room.topic", { topic: "All about darning" }, ""),
  event("m.room.encryption", { algorithm: "none" }, ""),
]) {
  const [allowed, replacement] = await checkEventAllowed(sent, encryptedRoom);
  const outcome = !allowed ? "refused" : replacement ? JSON.stringify(replacement["content"]) : "as it is";
  console.log(`${sent.type} ${JSON.stringify(sent.content)}\n  ${outcome}`);
}

console.log("\n# New rooms");
const alice: Requester = {
  user: ParsedUserId.fromString(ALICE),
  userId: ALICE,
  accessTokenId: 1,
  isGuest: false,
  scope: new Set(),
  shadowBanned: false,
  deviceId: "PHONE",
  appServiceId: null,
  authenticatedEntity: ALICE,
};
for (const request of [
  { name: "Family", preset: "private_chat" },
  { name: "Town square", preset: "public_chat" },
] as JsonObject[]) {
  const before = JSON.stringify(request);
  await onCreateRoom(alice, request, false);
  console.log(`${before}\n  ${JSON.stringify(request)}`);
}

console.log("\n# The public room list");
console.log("an encrypted room:", await checkVisibilityCanBeModified(ROOM, encryptedRoom, "public"));
console.log("an open room:", await checkVisibilityCanBeModified(ROOM, openRoom, "public"));
console.log("an encrypted room, out of the list:", await checkVisibilityCanBeModified(ROOM, encryptedRoom, "private"));

await host.stop();
