import "reflect-metadata";
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { CpuLimit } from "../cpu-limit.js";
import { checkMistaken, mistaken } from "./mutations.js";

// A program, started with how many configurations to try, how much CPU time each may use, and in which of them to hang, if
// any: a mistake may declare any word of a file to be a secret, which is then hidden in whatever else its process says.
const [count, limitMs, hangsAt] = process.argv.slice(2).map(Number);
const seed = randomInt(2 ** 31);
const limit = new CpuLimit(limitMs!, `fast-check's seed ${seed}`);
let tried = 0;
await fc.assert(
  fc.asyncProperty(mistaken, async (text) => {
    using _ = limit.begin(text);
    // oxlint-disable-next-line no-empty -- it hangs, to show that it's found
    while (tried === hangsAt) {}
    tried++;
    if (hangsAt === undefined) await checkMistaken(text);
  }),
  { numRuns: count!, seed },
);
limit.end();
