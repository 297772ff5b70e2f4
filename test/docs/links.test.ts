import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";

const PAGES = execFileSync("git", ["ls-files", "-z", "*.md"], { encoding: "utf8" }).split("\0").filter(Boolean);

/** The files that a page links to, without the links to other sites and to places in the page itself. */
function linksOf(page: string): string[] {
  const prose = readFileSync(page, "utf8").replace(/^```.*?^```$/gms, "");
  return Array.from(prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g), ([, target = ""]) => target).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

/** The places of a page that can be linked to: its headings, as GitHub names them, and its anchors. */
function placesOf(page: string): Set<string> {
  const text = readFileSync(page, "utf8").replace(/^ *```.*?^ *```$/gms, "");
  const headings = Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...headings, ...Array.from(text.matchAll(/<a id="([^"]+)">/g), ([, id = ""]) => id)]);
}

/** The links of a page to places in Markdown pages, as they are written, with the page and the place. */
function linkedPlaces(page: string): { link: string; target: string; place: string }[] {
  const prose = readFileSync(page, "utf8").replace(/^ *```.*?^ *```$/gms, "");
  return Array.from(prose.matchAll(/\]\(([^)\s#:]*)#([^)\s]+)\)/g), ([link, file = "", place = ""]) => ({
    link,
    target: file === "" ? page : join(dirname(page), file),
    place,
  })).filter(({ target }) => target.endsWith(".md") && existsSync(target));
}

describe("the links of the documentation", () => {
  it("the links of the documentation lead to files that are there", () => {
    const broken = PAGES.flatMap((page) =>
      linksOf(page)
        .filter((target) => !existsSync(join(dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(PAGES).to.include("README.md");
    expect(broken).to.deep.equal([]);
  });

  it("the links of the documentation lead to headings that are there", () => {
    const broken = PAGES.flatMap((page) =>
      linkedPlaces(page)
        .filter(({ target, place }) => !placesOf(target).has(place))
        .map(({ link }) => `${page}: ${link}`),
    );
    expect(PAGES.flatMap(linkedPlaces)).to.have.length.above(20);
    expect(broken).to.deep.equal([]);
  });

  it("the links of the documentation stay, in `docs/`, within what the package has", () => {
    const pages = PAGES.filter((page) => page.startsWith("docs/"));
    const outside = pages.flatMap((page) =>
      linksOf(page)
        .map((target) => join(dirname(page), target))
        .filter((path) => !/^(docs\/|(README|CHANGELOG)\.md$|LICENSE$)/.test(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(outside).to.deep.equal([]);
  });
});
