import type { Host } from "ligand";
import type { RunningHomeserver } from "./start-homeserver.js";

/** Something to type, and what a module then does. */
interface Suggestion {
  /** The name of the module's class. */
  readonly module: string;
  readonly type: string;
  readonly happens: string;
}

const READ = (key: string) => `node -pe 'JSON.parse(fs.readFileSync(0)).${key}'`;

/** What `npm start` prints once the homeserver runs: its modules, what each does, and what to try. */
export function welcome({ url, homeserver, host }: RunningHomeserver, data: string): string {
  const modules = host.modules.map(({ id }) => `  ${id.padEnd(20)} ${whatIsDoneBy(id, host).join(", ")}`);
  const known = suggestionsFor(url).filter(({ module }) => host.modules.some(({ name }) => name === module));
  const suggestions = known.length > 0 ? known : [SAY_HELLO];
  return `
The homeserver ${homeserver.server.serverName} runs at ${url}. Its data is in ${data}.
${host.modules.length} modules run, and this log says what each of them decides:

${modules.join("\n")}

To talk to it, paste this into another terminal. It registers a user and makes a room:

  URL=${url}/_matrix/client/v3
  TOKEN=$(curl -s $URL/register -d "{\\"username\\": \\"ann-$(date +%s)\\", \\"password\\": \\"correct horse\\", \\"auth\\": {\\"type\\": \\"m.login.dummy\\"}}" | ${READ("access_token")})
  ROOM=$(curl -s $URL/createRoom -H "Authorization: Bearer $TOKEN" -d '{"preset": "public_chat"}' | ${READ("room_id")})
  say() { curl -s -X PUT "$URL/rooms/$ROOM/send/m.room.message/$(date +%s%N)" -H "Authorization: Bearer $TOKEN" -d "{\\"msgtype\\": \\"m.text\\", \\"body\\": \\"$1\\"}"; echo; }

Then type ${suggestions.length > 1 ? "these, one after the other" : "this"}:

${suggestions.map(({ type, module, happens }) => `  ${type}\n      → ${module} ${happens}`).join("\n")}

Or use Element, for example https://app.element.io/: choose ${url} as the homeserver.
Ctrl-C stops it.
`;
}

function suggestionsFor(url: string): readonly Suggestion[] {
  return [
    {
      module: "Censor",
      type: 'say "what the heck"',
      happens: 'replaces the event: the room gets "what the ****"',
    },
    {
      module: "SpamFilter",
      type: 'say "double your bitcoin"',
      happens: 'refuses it: 403, "Advertisements for investments are not allowed here"',
    },
    {
      module: "Guestbook",
      type: `curl ${url}/_synapse/client/guestbook`,
      happens: "answers: a page with the entries of its guests",
    },
  ];
}

/** For modules that aren't those of the examples. */
const SAY_HELLO: Suggestion = { module: "the modules", type: 'say "hello"', happens: "are asked about it" };

/** The hooks that a module has callbacks on, and the paths that it serves. */
function whatIsDoneBy(id: string, host: Host): string[] {
  const hooks = Object.values(host.hooks).flatMap((category) =>
    Object.entries(category as Readonly<Record<string, unknown>>).filter(([, hook]) =>
      (hook as { readonly callbacks?: readonly { module: string }[] }).callbacks?.some(({ module }) => module === id),
    ),
  );
  const paths = host.webPaths.filter(({ module }) => module.id === id).map(({ path }) => path);
  return [...new Set([...hooks.map(([name]) => name), ...paths])];
}
