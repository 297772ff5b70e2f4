import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

/** This repository. */
export const ROOT = resolve(import.meta.dirname, "../../..");
const TOOLS = [join(ROOT, "scripts/packages/authors/node_modules/.bin"), join(ROOT, "node_modules/.bin")];

/** What a command wrote, and how it ended. */
export interface Ran {
  readonly output: string;
  readonly status: number | null;
}

/** An author at work, in a folder outside this repository: with npm, pnpm, tsc and esbuild, and with the package of Ligand. */
export class Author {
  readonly folder = mkdtempSync(join(tmpdir(), "ligand-author-"));

  constructor() {
    this.done(ROOT, "npm", ["pack", "--pack-destination", this.folder]);
  }

  leave(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(file: string, text: string): void {
    const path = this.path(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Copies a project of test/fixtures/author to a folder. */
  project(name: "homeserver" | "module", folder: string, change: (manifest: Manifest) => void = () => {}): void {
    cpSync(join(ROOT, "test/fixtures/author", name), this.path(folder), { recursive: true });
    const file = this.path(folder, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    change(manifest);
    writeFileSync(file, JSON.stringify(manifest));
  }

  run(folder: string, command: string, args: readonly string[]): Ran {
    // Not what `npm run` says of this repository; and links of npm are made for this author alone.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/.test(name)));
    const { stdout, stderr, status, error } = spawnSync(command, args, {
      cwd: resolve(this.folder, folder),
      encoding: "utf8",
      env: {
        ...env,
        PATH: [...TOOLS, process.env["PATH"]].join(delimiter),
        NO_COLOR: "1",
        npm_config_prefix: this.path("global"),
        npm_config_audit: "false",
        npm_config_fund: "false",
        npm_config_update_notifier: "false",
      },
    });
    if (error) throw error;
    return { output: `${stdout}${stderr}`, status };
  }

  /** Runs what must succeed. */
  done(folder: string, command: string, args: readonly string[]): string {
    const { output, status } = this.run(folder, command, args);
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: status ${status}\n${output}`);
    return output;
  }
}

export interface Manifest {
  workspaces?: string[];
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
