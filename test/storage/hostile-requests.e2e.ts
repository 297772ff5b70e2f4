import { describeHostileRequests } from "../examples/homeserver/describe-hostile-requests.js";
import { LASTING_KINDS } from "./lasting-kinds.js";

for (const kind of LASTING_KINDS) describeHostileRequests(kind);
