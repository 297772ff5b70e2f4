import { describeHostileRequests } from "./describe-hostile-requests.js";
import { MEMORY } from "./storages.js";

describeHostileRequests(MEMORY);
