// Makes a new database of PGlite in the folder that it is given, and ends. A process of its own, because making one takes
// hundreds of megabytes that the process doesn't give back.
import { PGlite } from "@electric-sql/pglite";

await (await PGlite.create({ dataDir: process.argv[2]! })).close();
