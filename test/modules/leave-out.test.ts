import { expect } from "chai";
import type { ModuleEntry } from "#src/config/module-entry.js";
import { leaveOut } from "#src/modules/leave-out.js";

function entry(specifier: string, index: number): ModuleEntry {
  return { index, specifier, enabled: true, config: {}, directory: "/", locate: () => undefined };
}

describe("leaving modules out", () => {
  for (const [specifier, id] of [
    ["./m.js#Bot", "Bot"],
    ["./m.js", "./m.js"],
    ["file:///m.js#v2#Bot", "Bot"],
  ] as const) {
    it(`leaveOut calls the module of ${specifier} ${id}`, () => {
      const { value, problems } = leaveOut([entry(specifier, 0), entry("./other.js#Other", 1)], [id]);
      expect(problems).to.deep.equal([]);
      expect(value!.map(({ enabled }) => enabled)).to.deep.equal([false, true]);
    });
  }
});
