import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inFreshProcesses, valuesOf, type Measured } from "../fresh-process.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { quantile, ratioOf, spreadOf } from "../statistics.js";
import { configurationText } from "./generated.js";
import { GENERATORS, type PeerName } from "./peers.js";
import { STAGES } from "./stages.js";

const PEERS: readonly PeerName[] = ["plain", "unvalidated", "inversify", "nest", "ligand"];
const TITLES: Readonly<Record<string, string>> = {
  plain: "base: plain `new`, class-validator",
  unvalidated: "plain `new`, configs not validated",
  inversify: "Inversify, class-validator",
  nest: "NestJS 12, class-validator",
};

/** The most that Ligand may take, × the base. */
const START_TARGET: Readonly<Record<number, number>> = { 100: 1.15 };
const HEAP_TARGET: Readonly<Record<number, number>> = { 1000: 1.31 };

/** Start-up and memory of each peer, and Ligand's by stages. Each number is of fresh processes. */
export async function startUpRows(times: number, counts: readonly number[] = [10, 100, 1000]): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "ligand-bench-"));
  try {
    const rows: Row[] = [];
    const ligandMs = new Map<number, number>();
    for (const count of counts) {
      const measured = await measure(directory, count, times);
      rows.push(...peerRows(count, measured), ...stageRows(count, measured.get("stages")!));
      ligandMs.set(count, quantile(valuesOf(measured.get("ligand")!, "ms"), 0.5));
    }
    const [hundred, thousand] = [ligandMs.get(100), ligandMs.get(1000)];
    if (hundred !== undefined && thousand !== undefined) {
      rows.push({
        group: "start-up: growth",
        name: "t(1000) / t(100)",
        value: thousand / hundred,
        unit: "×",
        target: 12,
      });
    }
    return rows;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measure(directory: string, count: number, times: number): Promise<Map<PeerName, Measured[]>> {
  const peers = [...PEERS, "stages"] as const;
  const args = new Map<PeerName, string>();
  for (const peer of peers) args.set(peer, `${peer} ${await writeConfiguration(directory, peer, count)}`);
  const measured = await inFreshProcesses(new URL("./start-up-child.js", import.meta.url), [...args.values()], times);
  return new Map(peers.map((peer) => [peer, measured[args.get(peer)!]!]));
}

/** Writes a configuration file for a peer, and a file for each of its modules; returns the path of the former. */
export async function writeConfiguration(directory: string, peer: PeerName, count: number): Promise<string> {
  const generator = GENERATORS[peer];
  const fileOf = (index: number) => `${generator}-${index}.mjs`;
  for (let index = 0; index < count; index++) await writeFile(join(directory, fileOf(index)), moduleText(generator));
  const configFile = join(directory, `${generator}-${count}.yaml`);
  await writeFile(configFile, configurationText(count, fileOf));
  return configFile;
}

/** A file whose default export is a generated module class. */
function moduleText(generator: string): string {
  const url = JSON.stringify(new URL("./module-classes.js", import.meta.url).href);
  return `import { ${generator} } from ${url};\nexport default ${generator}();\n`;
}

function peerRows(count: number, measured: ReadonlyMap<PeerName, Measured[]>): Row[] {
  const group = `start-up: ${count} modules`;
  const base = valuesOf(measured.get("plain")!, "ms");
  const times = PEERS.map((peer) => {
    const ms = valuesOf(measured.get(peer)!, "ms");
    return spreadRow(group, TITLES[peer] ?? peer, "ms", spreadOf(ms));
  });
  const memory = PEERS.flatMap((peer) =>
    [
      ["heapMiB", "heap"],
      ["rssMiB", "resident memory"],
    ].map(([value, title]) =>
      spreadRow(
        `memory: ${count} modules`,
        `${title}: ${TITLES[peer] ?? peer}`,
        "MiB",
        spreadOf(valuesOf(measured.get(peer)!, value!)),
      ),
    ),
  );
  return [
    ...times,
    ratioRow(
      group,
      "ligand against the base",
      ratioOf(valuesOf(measured.get("ligand")!, "ms"), base),
      START_TARGET[count],
    ),
    ...memory,
    ratioRow(
      `memory: ${count} modules`,
      "heap: ligand against the base",
      ratioOf(valuesOf(measured.get("ligand")!, "heapMiB"), valuesOf(measured.get("plain")!, "heapMiB")),
      HEAP_TARGET[count],
    ),
  ];
}

function stageRows(count: number, measured: readonly Measured[]): Row[] {
  const group = `start-up: ${count} modules, ligand by stages`;
  const totals = measured.map((stages) => STAGES.reduce((sum, stage) => sum + stages[stage]!, 0));
  const containers = measured.map((stages) => stages["bind"]! + stages["start"]! + stages["chain"]!);
  const shares = containers.map((ms, index) => (100 * ms) / totals[index]!);
  return [
    ...STAGES.map((stage) => spreadRow(group, stage, "ms", spreadOf(valuesOf(measured, stage)))),
    spreadRow(group, "bind + resolve (bind, start, chain)", "% of start-up", spreadOf(shares), 6),
  ];
}
