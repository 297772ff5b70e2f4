import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Row } from "../row.js";
import { withPublished } from "./published.js";

const run = promisify(execFile);
type Means = Readonly<Record<"node" | "ligand", { readonly pssMiB: number; readonly cpuS: number }>>;

/** What each of many processes of one module takes; nothing where the system isn't Linux. */
export async function processRows(count = 30): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  const script = fileURLToPath(new URL("./processes-child.js", import.meta.url));
  const { node, ligand } = await withPublished(async (folder) => {
    const { stdout } = await run(process.execPath, [script, String(count), join(folder, "plain.yaml")]);
    return JSON.parse(stdout) as Means;
  });
  const group = `${count} processes of one module: each`;
  return [
    { group, name: "Node alone: memory (PSS)", value: node.pssMiB, unit: "MiB" },
    { group, name: "ligand: memory (PSS)", value: ligand.pssMiB, unit: "MiB", target: 16 },
    { group, name: "Node alone: processor time of its start", value: node.cpuS, unit: "s" },
    { group, name: "ligand: processor time of its start", value: ligand.cpuS, unit: "s", target: 0.15 },
  ];
}
