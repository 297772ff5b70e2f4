import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as vm from "node:vm";
import { moduleResolve } from "import-meta-resolve";

// A program: parses a file of JavaScript and what it imports, and runs nothing of it. Node writes where the first syntax error
// is, as it does of any error that nothing catches; the error itself doesn't say.

interface ParsedModule {
  readonly dependencySpecifiers: readonly string[];
}

const { SourceTextModule } = vm as unknown as {
  SourceTextModule: new (code: string, options: { identifier: string }) => ParsedModule;
};

const MOST_FILES = 1000;

const files = new Set([fileURLToPath(process.argv[2]!)]);
// A set is walked to its end, what is added on the way included.
for (const file of files) {
  if (files.size > MOST_FILES) break;
  const code = codeOf(file);
  if (code === undefined) continue;
  const { dependencySpecifiers } = new SourceTextModule(code, { identifier: file });
  for (const specifier of dependencySpecifiers) {
    const found = resolved(specifier, file);
    if (found && /\.m?js$/.test(found)) files.add(found);
  }
}

/** Undefined for what can't be read, which is another error than the one that is looked for. */
function codeOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function resolved(specifier: string, from: string): string | undefined {
  try {
    return fileURLToPath(moduleResolve(specifier, pathToFileURL(from)));
  } catch {
    // Not a file: a module of Node, or none at all.
    return undefined;
  }
}
