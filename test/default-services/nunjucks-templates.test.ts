import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LigandError } from "#src/errors/ligand-error.js";
import { NunjucksTemplates } from "#src/default-services/nunjucks-templates.js";

describe("NunjucksTemplates", () => {
  let root: string;
  const directory = (name: string, files: Record<string, string>) => {
    const path = join(root, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    return path;
  };
  let custom: string;
  let own: string;
  let builtIn: string;

  before(() => {
    root = mkdtempSync(join(tmpdir(), "ligand-templates-"));
    custom = directory("custom", { "a.html": "custom a" });
    own = directory("own", {
      "a.html": "own a",
      "b.html": "own b: {{ name }}",
      "child.html": '{% include "b.html" %}',
    });
    builtIn = directory("built-in", {
      "b.html": "built-in b",
      "c.html": "built-in c",
      "time.txt": '{{ ts | format_ts("%Y-%m-%d %H:%M") }}',
      "image.html": '<img src="{{ url | mxc_to_http(32, 16) }}">|{{ url | mxc_to_http(1, 2, "scale") | safe }}',
      "mail.txt": "Dear {{ name }}",
      "broken.html": "{% if %}",
    });
    directory("secret", { "secret.txt": "secret" });
  });

  after(() => rmSync(root, { recursive: true }));

  const templates = () =>
    new NunjucksTemplates({ publicBaseUrl: "https://x.example/", customTemplateDir: custom, builtInDir: builtIn });
  const render = (name: string, values?: Record<string, unknown>) =>
    templates().readTemplates([name])[0]!.render(values);

  it("case 492: NunjucksTemplates looks in the custom directory, then in the argument, then among the built-in ones, in the order given", () => {
    const read = templates().readTemplates(["c.html", "b.html", "a.html"], own);
    expect(read.map((template) => template.render({ name: "n" }))).to.deep.equal([
      "built-in c",
      "own b: n",
      "custom a",
    ]);
  });

  it("case 492: NunjucksTemplates escapes values for HTML, also in templates that are included", () => {
    const [template] = templates().readTemplates(["child.html"], own);
    expect(template!.render({ name: `<b>"&'` })).to.equal("own b: &lt;b&gt;&quot;&amp;&#39;");
  });

  it("NunjucksTemplates leaves values as they are in templates that are no HTML", () => {
    expect(render("mail.txt", { name: "O'Brien & Sons" })).to.equal("Dear O'Brien & Sons");
  });

  it("NunjucksTemplates formats timestamps in the time zone of the process", () => {
    expect(render("time.txt", { ts: new Date(2024, 1, 3, 4, 5).getTime() })).to.equal("2024-02-03 04:05");
  });

  it("NunjucksTemplates turns the URI of a media file into the URL of a thumbnail", () => {
    const thumbnail = "https://x.example/_matrix/media/v3/thumbnail/s.example/id";
    expect(render("image.html", { url: "mxc://s.example/id#auto" })).to.equal(
      `<img src="${thumbnail}?width=32&amp;height=16&amp;method=crop#auto">|${thumbnail}?width=1&height=2&method=scale#auto`,
    );
    expect(render("image.html", { url: "https://elsewhere.example/x" })).to.equal('<img src="">|');
  });

  it("NunjucksTemplates says which directory doesn't exist", () => {
    const missing = join(root, "missing");
    expect(() => templates().readTemplates([], missing)).to.throw(
      LigandError,
      `the template directory ${missing} doesn't exist`,
    );
  });

  it("NunjucksTemplates says where it looked for a template that doesn't exist", () => {
    expect(() => templates().readTemplates(["nowhere.html"], own)).to.throw(
      LigandError,
      `can't load the template nowhere.html; looked in ${custom}, ${own}, ${builtIn}`,
    );
    expect(() => new NunjucksTemplates({ publicBaseUrl: "/" }).readTemplates(["a.html"])).to.throw(
      LigandError,
      "can't load the template a.html; looked in no directory",
    );
  });

  it("NunjucksTemplates refuses a template that isn't well-formed when it is read, not when it is filled in", () => {
    expect(() => render("broken.html")).to.throw(LigandError, "can't load the template broken.html");
  });

  it("NunjucksTemplates doesn't leave its directories", () => {
    expect(() => render("../secret/secret.txt")).to.throw(LigandError, "can't load the template");
    expect(() => render(join(root, "secret", "secret.txt"))).to.throw(LigandError, "can't load the template");
  });
});
