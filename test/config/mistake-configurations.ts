import "reflect-metadata";
import fc from "fast-check";
import { checkMistaken, mistaken } from "./mutations.js";

// A program, started with how many configurations to try: a mistake may declare any word of a file to be a secret, which
// is then hidden in whatever else its process says.
await fc.assert(fc.asyncProperty(mistaken, checkMistaken), { numRuns: Number(process.argv[2]) });
