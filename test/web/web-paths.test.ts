import { expect } from "chai";
import fc from "fast-check";
import { RESERVED_WEB_PATHS, validateWebPaths } from "#src/web/web-paths.js";
import type { WebMount } from "#src/web/web-mount.js";

const position = { file: "homeserver.yaml", line: 3, column: 5 };

function mount(path: string, id = "m"): WebMount {
  return { module: { id, position }, path, methods: ["GET"], handle: () => new Response() };
}

/** The code of the problem of one path; undefined for none. */
function codeOf(path: string) {
  return validateWebPaths([mount(path)])[0]?.code;
}

describe("validateWebPaths", () => {
  it("validateWebPaths accepts paths of a module's own", () => {
    const paths = ["/_synapse/client/x", "/_synapse/client/x/", "/_matrix/other", "/a/b-c_d.e~f/@g:h", "/healthy"];
    expect(validateWebPaths(paths.map((path) => mount(path)))).to.deep.equal([]);
  });

  it("case 463: validateWebPaths refuses every path of the homeserver, exactly and below", () => {
    for (const reserved of RESERVED_WEB_PATHS) {
      expect([reserved, `${reserved}/`, `${reserved}/x/y`].map(codeOf)).to.deep.equal(
        Array(3).fill("LIGAND_WEB_PATH_RESERVED"),
      );
      expect(codeOf(`${reserved}x`)).to.equal(undefined);
    }
  });

  it("validateWebPaths refuses a path that would cover one of the homeserver's", () => {
    const covering = ["/", "/_matrix", "/_matrix/media", "/_synapse/client", "/_synapse/client/password_reset/"];
    expect(covering.map(codeOf)).to.deep.equal(Array(5).fill("LIGAND_WEB_PATH_RESERVED"));
  });

  it("validateWebPaths refuses paths that aren't plain absolute paths", () => {
    const malformed = [
      "",
      "a",
      "http://x/a",
      "//a",
      "/a//b",
      "/a/../b",
      "/a/.",
      "/a?b",
      "/a#b",
      "/a b",
      "/a/%41",
      "/é",
    ];
    const patterns = ["/a/:id", "/a/*", "/a/x{1}", "/a\\b", "/a\n"];
    for (const path of [...malformed, ...patterns]) expect(codeOf(path), path).to.equal("LIGAND_WEB_PATH_INVALID");
  });

  it("validateWebPaths collects all problems, each module and path once, with the module's position", () => {
    const mounts = [mount("/health", "one"), mount("a", "two"), mount("a", "two"), mount("/_synapse", "two")];
    expect(validateWebPaths(mounts)).to.deep.equal([
      {
        code: "LIGAND_WEB_PATH_RESERVED",
        message: 'module "one" serves the web path "/health": `/health` belongs to the homeserver',
        position,
        remedy: "Choose a path below `/_synapse/client/` with a name of the module's own.",
      },
      {
        code: "LIGAND_WEB_PATH_INVALID",
        message: 'module "two" serves the web path "a": expected an absolute path, starting with `/`',
        position,
        remedy: "Write the path as `/one/or/more/segments`, without query, host or `..`.",
      },
      {
        code: "LIGAND_WEB_PATH_RESERVED",
        message: 'module "two" serves the web path "/_synapse": it would shadow the homeserver\'s `/_synapse/admin`',
        position,
        remedy: "Choose a path below `/_synapse/client/` with a name of the module's own.",
      },
    ]);
  });

  it("law: a path that is accepted is what a URL makes of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const path = `/${text}`;
        fc.pre(codeOf(path) === undefined);
        expect(new URL(path, "http://x").pathname).to.equal(path);
      }),
    );
  });
});
