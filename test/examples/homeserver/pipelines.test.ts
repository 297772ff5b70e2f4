import { describePipelines } from "./describe-pipelines.js";
import { MEMORY } from "./storages.js";

describePipelines(MEMORY, ["http"]);
