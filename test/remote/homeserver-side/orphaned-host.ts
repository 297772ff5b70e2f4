// A homeserver that is about to be killed: prints the pid of its isolated modules, and has them do what its argument says,
// for as long as the next one allows.
import { Denial, NOT_SPAM, startIsolated } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { serverBinding } from "../served.js";

const blockedLimitMs = Number(process.argv[3] ?? 10_000);
const configFile = "test/fixtures/remote/harmful.yaml";
const host = await startIsolated({ configFile, services: [serverBinding()], blockedLimitMs });
const check = (body: string) => host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }));
const answer = await check("pid");
if (answer === NOT_SPAM || !(answer instanceof Denial)) throw new Error("the module has no pid");
void Promise.resolve(check(process.argv[2]!)).catch(() => undefined);
// The call has left before the line has.
setTimeout(() => console.log(answer.code.replace("ORG_EXAMPLE_PID_", "")), 300);
setInterval(() => undefined, 1000);
