import { describePipelines } from "../examples/homeserver/describe-pipelines.js";
import { LASTING_KINDS } from "./lasting-kinds.js";

for (const kind of LASTING_KINDS) describePipelines(kind, ["kit", "http"]);
