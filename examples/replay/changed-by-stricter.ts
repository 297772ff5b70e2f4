// How many decisions of the recorded day stricter.yaml changes, from the traffic alone: its three rules, and nothing of Ligand.
import { readFileSync } from "node:fs";

const lines = readFileSync("examples/replay/traffic.jsonl", "utf8").trim().split("\n");
const changed = lines.filter((line) => {
  const { hook, args } = JSON.parse(line) as { hook: string; args: { event?: { sender: string; content: object } } };
  const { sender = "", content = {} } = args.event ?? {};
  const isRefused = sender === "@dave:example.org" || JSON.stringify(content).includes("https://files.");
  if (hook === "spamChecker.checkEventForSpam") return isRefused;
  return hook === "spamChecker.federatedUserMayInvite" && sender.endsWith(":partner.example");
});
console.log(changed.length);
