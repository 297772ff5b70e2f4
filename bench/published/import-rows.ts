import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { inFreshProcesses, valuesOf } from "../fresh-process.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { BUNDLE } from "./published.js";

const LIGAND = pathToFileURL(join(BUNDLE, "index.js")).href;

/** What is imported. Inversify needs `reflect-metadata` and imports it by itself. */
const IMPORTS = {
  "an empty file": new URL("./empty.js", import.meta.url).href,
  inversify: "inversify",
  "class-validator and class-transformer": new URL("./validation.js", import.meta.url).href,
  ligand: LIGAND,
  "ligand, its files not joined": "ligand",
  "@nestjs/core": "@nestjs/core",
};

/** What it takes to import packages, as they are published. */
export async function importRows(times: number): Promise<Row[]> {
  const script = new URL("./import-child.js", import.meta.url);
  const measured = await inFreshProcesses(script, Object.values(IMPORTS), times);
  const rows = [
    ["ms", "processor time", "ms"],
    ["rssMiB", "resident memory", "MiB"],
    ["heapMiB", "heap", "MiB"],
  ].flatMap(([value, title, unit]) =>
    Object.entries(IMPORTS).map(([name, specifier]) =>
      spreadRow(`import: ${title}`, name, unit!, spreadOf(valuesOf(measured[specifier]!, value!))),
    ),
  );
  const [ligand, inversify] = [valuesOf(measured[LIGAND]!, "ms"), valuesOf(measured["inversify"]!, "ms")];
  const against = ratioRow("import: processor time", "ligand against inversify", ratioOf(ligand, inversify), 0.4);
  return rows.toSpliced(Object.keys(IMPORTS).length, 0, { ...against, unit: "× inversify" });
}
