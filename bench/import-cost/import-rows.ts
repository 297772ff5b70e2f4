import { inFreshProcesses, valuesOf } from "../fresh-process.js";
import { spreadRow, type Row } from "../row.js";
import { spreadOf } from "../statistics.js";

/** What is imported. Inversify needs `reflect-metadata` and imports it by itself. */
const IMPORTS = {
  "an empty file": new URL("./empty.js", import.meta.url).href,
  inversify: "inversify",
  "class-validator and class-transformer": new URL("./validation.js", import.meta.url).href,
  ligand: "ligand",
  "@nestjs/core": "@nestjs/core",
};

export async function importRows(times: number): Promise<Row[]> {
  const script = new URL("./import-child.js", import.meta.url);
  const measured = await inFreshProcesses(script, Object.values(IMPORTS), times);
  return [
    ["ms", "processor time", "ms"],
    ["rssMiB", "resident memory", "MiB"],
    ["heapMiB", "heap", "MiB"],
  ].flatMap(([value, title, unit]) =>
    Object.entries(IMPORTS).map(([name, specifier]) =>
      spreadRow(`import: ${title}`, name, unit!, spreadOf(valuesOf(measured[specifier]!, value!))),
    ),
  );
}
