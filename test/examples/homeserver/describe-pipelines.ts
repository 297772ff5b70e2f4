import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Kind } from "./storages.js";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const CONFORMANCE = join(ROOT, "build", "test", "conformance");
/** The suites of the pipelines. */
const SUITES = readdirSync(CONFORMANCE).filter((name) => /^homeserver-.*\.test\.js$/.test(name));

/** How the suites' users reach the pipelines. */
export type Api = "kit" | "http";

/** Runs the suites in a process of their own, whose homeservers keep their world in a place. */
function runSuites(place: unknown, api: Api): Promise<{ stats: Record<string, unknown>; failures: unknown[] }> {
  const mocha = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
  const options = ["--no-config", "--require", "reflect-metadata", "--timeout", "120000", "--reporter", "json"];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [mocha, ...options, ...SUITES.map((name) => join(CONFORMANCE, name))],
      { env: { ...process.env, LIGAND_TEST_STORAGE: JSON.stringify(place), LIGAND_TEST_API: api }, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        try {
          resolve(
            JSON.parse(stdout.slice(stdout.indexOf("{\n"))) as { stats: Record<string, unknown>; failures: unknown[] },
          );
        } catch (cause) {
          reject(new AggregateError([error, cause], `the suites did not run: ${stderr}`));
        }
      },
    );
  });
}

/** What the pipelines do on a kind of storage, for one kind of users after the other. */
export function describePipelines(kind: Kind, apis: readonly Api[]): void {
  describe(`the pipelines on ${kind.name}`, () => {
    for (const api of apis) {
      it(`the pipelines on ${kind.name} do all that they do in memory, for ${api === "http" ? "clients over HTTP" : "the kit's own users"}`, async () => {
        const { place, remove } = await kind.create();
        const { stats, failures } = await runSuites(place, api);
        await remove();
        expect(failures).to.deep.equal([]);
        expect(stats.passes).to.be.a("number").above(100);
      }).timeout(300_000);
    }
  });
}
