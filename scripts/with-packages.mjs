// Runs a command of packages that `npm ci` doesn't bring, and installs them first:
//   node scripts/with-packages.mjs NAME COMMAND [ARGUMENT…]
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { install } from "./packages.mjs";

const [name, command, ...args] = process.argv.slice(2);
const path = [join(install(name), ".bin"), process.env.PATH].join(delimiter);
const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
if (error) console.error(`${command} can't be started: ${error.message}`);
process.exitCode = status ?? 1;
