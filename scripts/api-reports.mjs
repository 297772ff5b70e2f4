// Compares the public API of each entry with its report in etc/; with --local, writes the reports anew.
import { spawnSync } from "node:child_process";

const CONFIGS = ["etc/api-extractor.json", "etc/api-extractor.homeserver.json", "etc/api-extractor.testing.json"];

for (const config of CONFIGS) {
  const { status } = spawnSync("api-extractor", ["run", ...process.argv.slice(2), "-c", config], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
