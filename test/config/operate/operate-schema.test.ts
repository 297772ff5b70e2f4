import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse } from "yaml";
import { readConfigurationText } from "#src/config/read-configuration.js";
import { isError } from "#src/errors/problem.js";
import { modulesSchema } from "#src/modules/modules-schema.js";

/** Keys below `operate:`, and whether they're right. */
const examples: readonly (readonly [written: string, isRight: boolean])[] = [
  ["", true],
  ["mode: shadow", true],
  ["mode: false", false],
  ["timeout: 1.5s", true],
  ["timeout: 5", false],
  ["on_failure: deny", true],
  ["on_failure: { local: deny, federation: allow }", true],
  ["on_failure: {}", false],
  ["on_failure: { remote: deny }", false],
  ["share: 10%", true],
  ["share: 0.1", false],
  ["rest: enforce", false],
  ["only: { origin: [local, federation], room: '!a:b' }", true],
  ["only: { origin: remote }", false],
  ["only: { type: [] }", false],
  ["except: { sendr: a }", false],
  ["circuit_breaker: {}", true],
  ["circuit_breaker: { min_calls: 0 }", false],
  ["circuit_breaker: { window: 5 }", false],
  ["process: own\n      memory: 1Gi", true],
  ["process: a/b", false],
  ["process: own\n      permissions: { read: ./data }", false],
  ["process: own\n      permissions: { read: [./data], network: false }", true],
  ["shadow: { services: [HttpClient] }", true],
  ["shadow: { services: [Http] }", false],
  ["log_level: debug", true],
  ["log_level: trace", false],
  ["hooks: { checkEventForSpam: { timeout: 2s } }", true],
  ["hooks: { checkEventForSpam: { process: own } }", false],
  ["hooks: { checkEventForSpam: { timeout: 2 } }", false],
  ["time: 2s", false],
];

describe("the JSON Schema of operate:", () => {
  let accepts: (value: unknown) => boolean;
  before(async () => {
    accepts = new Ajv2020({ allowUnionTypes: true, strictTypes: false }).compile(await modulesSchema([]));
  });

  for (const [written, isRight] of examples) {
    it(`editors and ligand check agree on \`${written.replaceAll(/\s+/g, " ")}\``, async () => {
      const text = `modules:\n  - module: ./m.js#M\n    operate:\n      ${written}\n`;
      const { problems } = await readConfigurationText(text, "homeserver.yaml");
      expect({ schema: accepts(parse(text)), check: !problems.some(isError) }).to.deep.equal({
        schema: isRight,
        check: isRight,
      });
    });
  }

  it("editors describe the keys inside keys", async () => {
    const operate = partOf(await modulesSchema([]), "modules", "items", "operate");
    expect(partOf(operate, "only", "room")).to.deep.equal({ description: "The id of the room." });
    const process = partOf(await modulesSchema([]), "module_processes", "additionalProperties");
    expect(partOf(process, "permissions", "network")).to.deep.equal({
      description: "Whether it may use the network.",
    });
  });
});

/** A part of a schema: a property, or a keyword where there is no such property. */
function partOf(schema: unknown, ...path: readonly string[]): unknown {
  return path.reduce((outer, name) => {
    const { properties = {}, ...keywords } = outer as { readonly properties?: Record<string, unknown> };
    return properties[name] ?? (keywords as Record<string, unknown>)[name];
  }, schema);
}
