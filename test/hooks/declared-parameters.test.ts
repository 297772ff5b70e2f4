import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";
import { transformSync, type JscTarget } from "@swc/core";
import { expect } from "chai";
import fc from "fast-check";
import { declareAs, declaredParameters } from "#src/hooks/declared-parameters.js";
import { Cached } from "#src/modules/cached.js";

const SOURCE = "test/fixtures/parameters/forms.ts";
const ALL = Number.POSITIVE_INFINITY;

/** What each form looks at, and whether it may look at more than its parameters show. */
const FORMS: Readonly<Record<string, number>> = {
  field: 2,
  single: 1,
  asyncField: 2,
  none: 0,
  one: 1,
  two: 2,
  optional: 2,
  unused: 2,
  trailing: 2,
  promised: 2,
  generated: 2,
  "computed(a, b)": 2,
  "quoted (a, b)": 1,
  destructured: 2,
  nested: 2,
  braces: 1,
  withDefault: ALL,
  firstDefault: ALL,
  promisedDefault: ALL,
  memberDefault: ALL,
  regularDefault: ALL,
  templateDefault: ALL,
  rest: ALL,
  oneAndRest: ALL,
  promisedRest: ALL,
  listed: ALL,
  listedInside: ALL,
  evaluated: ALL,
  decorated: ALL,
};

function countsOf(forms: object): Record<string, number> {
  return Object.fromEntries(
    Object.keys(FORMS).map((name) => [name, declaredParameters((forms as Record<string, unknown>)[name]).count]),
  );
}

describe("the parameters that a function declares", () => {
  const folder = mkdtempSync(join(tmpdir(), "ligand-forms-"));
  after(() => rmSync(folder, { recursive: true }));

  async function formsOf(file: string): Promise<object> {
    const { Forms } = (await import(pathToFileURL(file).href)) as { Forms: new () => object };
    return new Forms();
  }

  for (const target of ["es2015", "es2017", "es2018", "es2020", "es2022", "esnext"]) {
    it(`the parameters that a function declares are those of the source in what tsc makes for ${target}`, async () => {
      const out = join(folder, `tsc-${target}`);
      const options = ["--target", target, "--module", "esnext", "--experimentalDecorators", "--noCheck"];
      spawnSync(process.execPath, [
        "node_modules/typescript/bin/tsc",
        "--ignoreConfig",
        ...options,
        "--outDir",
        out,
        SOURCE,
      ]);
      writeFileSync(join(out, "package.json"), '{ "type": "module" }');
      expect(countsOf(await formsOf(join(out, "forms.js")))).to.deep.equal(FORMS);
    });
  }

  for (const target of [
    "es5",
    "es2015",
    "es2016",
    "es2017",
    "es2018",
    "es2020",
    "es2022",
  ] as const satisfies JscTarget[]) {
    for (const minify of [false, true]) {
      it(`the parameters that a function declares are never fewer than a method looks at in what swc makes for ${target}${minify ? ", minified" : ""}`, async () => {
        const { code } = transformSync(readFileSync(SOURCE, "utf8"), {
          jsc: {
            target,
            parser: { syntax: "typescript", decorators: true },
            transform: { legacyDecorator: true },
            ...(minify && { minify: { compress: { unused: true }, mangle: true } }),
          },
          minify,
          module: { type: "es6" },
        });
        const file = join(folder, `swc-${target}-${minify}.mjs`);
        writeFileSync(file, code);
        const counts = countsOf(await formsOf(file));
        for (const [name, count] of Object.entries(FORMS)) {
          expect(counts[name], name).to.be.at.least(count === ALL ? 2 : count);
        }
        // A method without defaults and the like never counts as looking at all.
        for (const name of ["none", "one", "two", "optional", "promised"]) {
          expect(counts[name], name).to.equal(FORMS[name]);
        }
      });
    }
  }

  it("the parameters that a function declares are counted whatever the head looks like, with comments and strings anywhere in it", () => {
    const comment = fc.constantFrom("", " ", "/* a, b */", "/* ) => { */", "// , (\n", '/* " */', "/* ` / */");
    const heads = [
      (list: string) => `({ m(${list}) {} }).m`,
      (list: string) => `({ async m /* (x, */ (${list}) {} }).m`,
      (list: string) => `({ *m(${list}) {} }).m`,
      (list: string) => `({ async * "a ) b, c"(${list}) {} })["a ) b, c"]`,
      (list: string) => `({ ["a(" + '\\'b, '](${list}) {} })["a('b, "]`,
      (list: string) => `(function named(${list}) { return "("; })`,
      (list: string) => `(async function (${list}) {})`,
      (list: string) => `((${list}) => ({}))`,
      (list: string) => `(async (${list}) => "=>")`,
      (list: string) => `({ set(${list}) {} }).set`,
    ];
    const parameter = fc.constantFrom("a", "{ b, c: [d] }", "[e, , { f }]", "$g", "über");
    fc.assert(
      fc.property(
        fc.constantFrom(...heads),
        fc.uniqueArray(parameter, { maxLength: 5 }),
        fc.array(comment, { minLength: 12, maxLength: 12 }),
        fc.boolean(),
        (head, parameters, comments, trailing) => {
          const spaced = parameters.map((name, index) => `${comments[2 * index]}${name}${comments[2 * index + 1]}`);
          const list = `${spaced.join(",")}${trailing && parameters.length > 0 ? "," : ""}${comments[10]}`;
          const made: unknown = runInThisContext(head(list));
          expect(declaredParameters(made)).to.deep.equal({ count: parameters.length });
        },
      ),
    );
  });

  it("the parameters that a function declares are one for an arrow function without parentheses", () => {
    expect(declaredParameters((event: unknown) => event)).to.deep.equal({ count: 1 });
    expect(declaredParameters(runInThisContext("event => event"))).to.deep.equal({ count: 1 });
    expect(declaredParameters(runInThisContext("async => async"))).to.deep.equal({ count: 1 });
    expect(declaredParameters(runInThisContext("async event=>{}"))).to.deep.equal({ count: 1 });
  });

  for (const [what, source, because] of [
    ["a bound function", "(function (a) {}).bind(null)", "bound or native function"],
    ["a native function", "Math.max", "bound or native function"],
    ["a Proxy", "new Proxy(function (a) {}, {})", "bound or native function"],
    ["a class", "(class { constructor(a) {} })", "unreadable parameters"],
    ["a rest parameter", "((a, ...others) => others)", "rest parameter"],
    ["a default value", "((a, b = 1) => b)", "default value"],
    ["a default within a pattern", "(({ a = 1 }) => a)", "default value"],
    ["a default that takes a parser to read", "((a, b = /[(]/) => b)", "unreadable parameters"],
    ["`arguments`", "(function () { return arguments[1]; })", "mentions `arguments`"],
    ["`arguments` in an escape", "(function () { return \\u0061rguments[1]; })", "mentions `arguments`"],
    [
      "`arguments` in an arrow function of a method",
      "({ m(a) { return () => arguments; } }).m",
      "mentions `arguments`",
    ],
    ["`eval`", "(function (a) { return eval(a); })", "mentions `eval`"],
    ["`arguments` in a comment", "(function () { /* arguments */ })", "mentions `arguments`"],
  ] as const) {
    it(`the parameters that a function declares count as all for ${what}`, () => {
      expect(declaredParameters(runInThisContext(source))).to.deep.equal({ count: ALL, because });
    });
  }

  it("the parameters that a function declares count as all where there is no method yet", () => {
    expect(declaredParameters(undefined)).to.deep.equal({ count: ALL, because: "isn't a method of the class" });
  });

  it("the parameters that a function declares are never fewer than a redefined `length` says, and never fewer than the head shows", () => {
    const longer = Object.defineProperty(() => undefined, "length", { value: 3 });
    const shorter = Object.defineProperty((a: unknown, b: unknown) => [a, b], "length", { value: 0 });
    const nonsense = Object.defineProperty((a: unknown) => a, "length", { value: "many" });
    expect([longer, shorter, nonsense].map((made) => declaredParameters(made).count)).to.deep.equal([3, 2, 1]);
  });

  it("the parameters that a function declares are those of the method that a function of Ligand's took the place of", () => {
    class Looks {
      @Cached()
      async one(event: unknown) {
        return event;
      }
    }
    expect(declaredParameters(Looks.prototype.one)).to.deep.equal({ count: 1 });
    const replacement = (...args: unknown[]) => args;
    declareAs(replacement, (a: unknown, b: unknown) => [a, b]);
    expect(declaredParameters(replacement)).to.deep.equal({ count: 2 });
  });
});
