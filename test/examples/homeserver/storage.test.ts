import { describeStorage } from "./describe-storage.js";
import { MEMORY, PGLITE } from "./storages.js";

describeStorage(MEMORY);
describeStorage(PGLITE);
