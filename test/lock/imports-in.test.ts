import { expect } from "chai";
import { importsIn } from "#src/lock/imports-in.js";

describe("importsIn", () => {
  for (const [code, specifiers, unknown] of [
    ["import a, { b } from 'x'; export * from \"y\"; import './z.js'", ["x", "y", "./z.js"], []],
    ['import{a}from"x";export{b}from"y"', ["x", "y"], []],
    ["await import('x'); import(\"y\", { with: { type: 'json' } }); import(`z`)", ["x", "y", "z"], []],
    ["const a = require('x'), b = require( /* why */ \"y\" );", ["x", "y"], []],
    ["import(/* webpackIgnore: true */ name)", [], ["import(…)"]],
    ["import(`./${name}.js`); require(\"./\" + name); import('a' + b)", [], ["import(…)", "require(…)"]],
    ["import.meta.url; module.require; loader.import(name); require()", [], []],
    ["new Worker(new URL('./thread.js', import.meta.url))", ["./thread.js"], []],
    ["const require = createRequire(import.meta.url); require('x')", ["x"], []],
    ["createRequire(import.meta.url)('x')", [], ["createRequire(…)"]],
  ] as const) {
    it(`finds ${specifiers.join(", ") || "nothing named"} and ${unknown.join(", ") || "nothing unknown"} in ${code}`, () => {
      expect(importsIn(code)).to.deep.equal({ specifiers, unknown });
    });
  }
});
