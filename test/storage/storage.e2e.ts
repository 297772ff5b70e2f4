import { describeStorage } from "../examples/homeserver/describe-storage.js";
import { POSTGRESQL } from "./lasting-kinds.js";
import { SERVER } from "./cluster.js";

if (SERVER !== undefined) describeStorage(POSTGRESQL);
