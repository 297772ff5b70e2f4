import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run, type Ended } from "../cli/captured-terminal.js";

/** Where npm installs the package of the module. */
export const FILTER = "node_modules/@example/link-filter";

const at = (specifier: string) => JSON.stringify(import.meta.resolve(specifier));

/** A module that answers a hook, injects services and marks that its code ran, or was constructed. */
export function moduleText({ services = ["Clock"], mark = "" }: { services?: readonly string[]; mark?: string } = {}) {
  return `
import { appendFileSync } from "node:fs";
import { ${["inject", "Module", "PasswordAuth", "SpamChecker", "WebResource", ...services].join(", ")} } from "ligand";
const MARK = ${JSON.stringify(mark)};
if (MARK) appendFileSync(MARK, "imported\\n");
const decorate = (decorator, name) =>
  decorator(LinkFilter.prototype, name, Object.getOwnPropertyDescriptor(LinkFilter.prototype, name));
export class LinkFilter {
  constructor(...services) { if (MARK) appendFileSync(MARK, "constructed\\n"); }
  check(event) { if (event.content.crash) setImmediate(() => process.exit(3)); }
  login() {}
  page() {}
}
${services.map((service, place) => `inject(${service})(LinkFilter, undefined, ${place});`).join("\n")}
decorate(SpamChecker.checkEventForSpam(), "check");
decorate(PasswordAuth.authChecker("org.example.link", ["link"]), "login");
decorate(WebResource("/_synapse/client/links", { methods: ["GET"] }), "page");
Module()(LinkFilter);
`;
}

/** Creates installations for the tests of a suite, and removes them after each. */
export function installations(): () => Promise<Installation> {
  const made: Installation[] = [];
  afterEach(() => Promise.all(made.splice(0).map((installation) => installation.remove())));
  return async () => {
    const installation = await Installation.create();
    made.push(installation);
    return installation;
  };
}

/** A folder with a configuration and packages as npm installs them. */
export class Installation {
  private constructor(readonly folder: string) {}

  /** An empty one. */
  static async create(): Promise<Installation> {
    const installation = new Installation(await mkdtemp(join(tmpdir(), "ligand-lock-")));
    await installation.withLigand();
    return installation;
  }

  /** Writes a package `ligand` that is the one under test. */
  async withLigand(): Promise<void> {
    await this.write({
      "node_modules/ligand/package.json": '{ "name": "ligand", "type": "module", "exports": "./index.js" }',
      "node_modules/ligand/index.js": `export * from ${at("#src/index.js")};\nexport { inject } from ${at("inversify")};\n`,
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true });
      await writeFile(this.path(name), text);
    }
  }

  /** Writes the package of a module, a dependency of it, npm's record of both, and a configuration with the module. */
  async withLinkFilter({
    version = "1.0.0",
    list = "sha512-list",
    ...text
  }: { version?: string; list?: string } & Parameters<typeof moduleText>[0] = {}): Promise<this> {
    const filter = { version, integrity: `sha512-${version}`, dependencies: { "link-list": "^1.0.0" } };
    const packages = {
      [FILTER]: filter,
      "node_modules/link-list": { version: "1.0.0", integrity: list },
    };
    await this.write({
      "modules.yaml": 'modules:\n  - module: "@example/link-filter#LinkFilter"\n',
      [`${FILTER}/package.json`]: JSON.stringify({
        name: "@example/link-filter",
        version,
        type: "module",
        exports: "./dist/index.js",
        files: ["dist"],
        dependencies: { "link-list": "^1.0.0" },
      }),
      [`${FILTER}/dist/index.js`]: moduleText(text),
      "node_modules/.package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }),
    });
    return this;
  }

  /** Runs `ligand lock` for the configuration; paths in its output start with `…`. */
  async lock(...args: readonly string[]): Promise<Ended> {
    const { code, stdout, stderr } = await run(["lock", ...args, this.path("modules.yaml")]);
    const short = (text: string) => text.replaceAll(this.folder, "…");
    return { code, stdout: short(stdout), stderr: short(stderr) };
  }

  /** The lock that was written. */
  async lockText(): Promise<string> {
    return readFile(this.path("modules.lock.json"), "utf8");
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
