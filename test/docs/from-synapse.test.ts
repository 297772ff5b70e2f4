import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as ligand from "#src/index.js";
import { SERVICES, type ServiceName } from "#src/services/services.js";

interface Row {
  readonly reference: string;
  readonly ligand: string;
}

/** The rows of the tables of a part of the document, as the first two cells without backquotes. */
function rowsOf(markdown: string): Row[] {
  return [...markdown.matchAll(/^\| `([^`]+)` *\| `([^`]+)` *\|/gm)].map(([, reference, name]) => ({
    reference: reference!,
    ligand: name!,
  }));
}

/** The public members that the declaration of a service has: abstract ones exist nowhere at run time. */
function membersOf(service: ServiceName): string[] {
  const file = service.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase();
  const declarations = readFileSync(new URL(`../../../dist/services/${file}.d.ts`, import.meta.url), "utf8");
  const body = new RegExp(`abstract class ${service} \\{\\n([\\s\\S]*?)\\n\\}`).exec(declarations)![1]!;
  return [...body.matchAll(/^ {4}(?:abstract )?(?:readonly )?(\w+)[(<:?]/gm)].map(([, name]) => name!);
}

function exists(name: string): boolean {
  const [, decorator, hooks] = /^@(\w+)(\.…|\()/.exec(name) ?? [];
  if (decorator !== undefined)
    return typeof (ligand as Record<string, unknown>)[decorator] === (hooks === "(" ? "function" : "object");
  const [, service, member] = /^(\w+)(?:\.(\w+)(?:\(\))?)?$/.exec(name) ?? [];
  if (service === undefined || !(service in SERVICES)) return false;
  return member === undefined || membersOf(service as ServiceName).includes(member);
}

describe("docs/from-synapse.md", () => {
  const text = readFileSync(new URL("../../../docs/from-synapse.md", import.meta.url), "utf8");
  const [, members, beyond] = text.split(/^## /m) as [string, string, string];
  const sections = new Map(
    members.split(/^### /m).map((section) => [section.slice(0, section.indexOf("\n")), rowsOf(section)]),
  );

  it("docs/from-synapse.md maps each of the 67 members of ModuleApi once", () => {
    const count = (name: string) => sections.get(name)!.length;
    expect([count("Registration functions"), count("Properties"), count("Methods")]).to.deep.equal([12, 8, 47]);
    const rows = rowsOf(members);
    expect(new Set(rows.map(({ reference }) => reference)).size).to.equal(67);
    expect(rows.map(({ reference }) => reference).filter((name) => !/^[a-z0-9_]+$/.test(name))).to.deep.equal([]);
  });

  it("docs/from-synapse.md maps the members of what ModuleApi gives", () => {
    const count = (name: string) => rowsOf(beyond).filter(({ reference }) => reference.startsWith(`${name}.`)).length;
    expect(["PublicRoomListManager", "AccountDataManager", "SimpleHttpClient"].map(count)).to.deep.equal([3, 2, 7]);
  });

  it("docs/from-synapse.md names only what exists", () => {
    const names = rowsOf(text).map((row) => row.ligand);
    expect(names.filter((name) => !exists(name))).to.deep.equal([]);
  });

  it("docs/from-synapse.md would notice a name that doesn't exist", () => {
    expect(
      ["Users.nothing()", "Nothing.isMine()", "@Nothing.…", "Users.storeUserAdmin()"].filter(exists),
    ).to.deep.equal([]);
  });

  it("docs/from-synapse.md leaves out no public method of a service", () => {
    const named = new Set(rowsOf(text).map((row) => row.ligand.replace("()", "")));
    const unnamed = (Object.keys(SERVICES) as ServiceName[]).flatMap((service) =>
      membersOf(service)
        .map((member) => `${service}.${member}`)
        .filter((name) => !named.has(name)),
    );
    // What Synapse keeps to itself.
    expect(unnamed).to.deep.equal(["Database.open", "Scheduler.shutdown", "Clock.setTimer"]);
  });
});
