import {
  bindService,
  Clock,
  NOT_SPAM,
  RoomEvent,
  startModules,
  type FileInfo,
  type ReadableFile,
  type RoomId,
  type UserId,
  type Verdict,
} from "ligand";
import { FakeClock } from "ligand/testing";

const clock = new FakeClock(Date.UTC(2026, 2, 2, 8));
const host = await startModules({
  configFile: "examples/spam-filter/homeserver.yaml",
  services: [bindService(Clock, clock)],
});
const { checkEventForSpam, userMayInvite, checkMediaFileForSpam, checkRegistrationForSpam } = host.hooks.spamChecker;

function said(verdict: Verdict): string {
  if (verdict === NOT_SPAM) return "passes";
  return [`is refused: ${verdict.code}`, verdict.error, ...Object.entries(verdict.fields).flat()]
    .filter((part) => part !== undefined)
    .join(" ");
}

async function message(sender: UserId, body: string, room: RoomId = "!lobby:example.org", html?: string) {
  const content = { msgtype: "m.text", body, ...(html && { format: "org.matrix.custom.html", formatted_body: html }) };
  const event = new RoomEvent({ room_id: room, type: "m.room.message", sender, content });
  console.log(`${sender} in ${room}: "${body}"\n  ${said(await checkEventForSpam(event, { origin: "local" }))}`);
}

console.log("# Patterns");
await message("@eve:example.org", "Double your Bitcoin in a week!");
await message("@eve:example.org", "see below", "!lobby:example.org", "Double your <b>bit</b>coin in a week!");
await message("@mod:example.org", "Eve writes: Double your Bitcoin in a week!", "!moderators:example.org");
await message("@alice:example.org", "The minutes are at https://files.example.org/minutes.pdf");

console.log("\n# Rate: three messages in ten seconds");
for (const body of ["one", "two", "three", "four"]) await message("@bob:example.org", body);
await clock.advance(10_000);
await message("@bob:example.org", "five");

console.log("\n# Invites: two an hour");
for (const invitee of ["@a:example.org", "@b:example.org", "@c:example.org"] as const) {
  const verdict = await userMayInvite("@eve:example.org", invitee, "!party:example.org");
  console.log(`@eve:example.org invites ${invitee}\n  ${said(verdict)}`);
}

console.log("\n# Files");
const fileInfo: FileInfo = { serverName: null, fileId: "hQbZ", urlCache: false, thumbnail: null };
for (const text of ["a picture of a cat", "a banned picture"]) {
  const file: ReadableFile = { path: "hQbZ", writeChunksTo: async (write) => write(new TextEncoder().encode(text)) };
  console.log(`${text}\n  ${said(await checkMediaFileForSpam(file, fileInfo))}`);
}

console.log("\n# Registrations");
const email = { medium: "email", address: "x@mailinator.example", validated_at: clock.nowMs() } as const;
console.log("x@mailinator.example:", await checkRegistrationForSpam(email, "x", [["Element/1.12", "192.0.2.7"]], null));
console.log(
  "headless browser:",
  await checkRegistrationForSpam(null, "bot", [["HeadlessChrome/140", "192.0.2.8"]], null),
);
console.log("carol:", await checkRegistrationForSpam(null, "carol", [["Element/1.12", "192.0.2.9"]], null));

await host.stop();
