import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { Codes } from "#src/index.js";
import { PYTHON } from "./running-synapse.js";

const READ = `
import json
from ligand_synapse.supported import NEWEST_TESTED, SYNAPSE_VERSION
from synapse.api.errors import Codes
is_newest = SYNAPSE_VERSION.startswith(".".join(map(str, NEWEST_TESTED)))
codes = {name: str.__str__(code) for name, code in Codes.__members__.items()}
print(json.dumps({"isNewest": is_newest, "codes": codes}))
`;

describe("the codes of the installed Synapse", () => {
  it("case 500 on Synapse: are in Codes, by the same names", () => {
    const read = execFileSync(PYTHON, ["-c", READ], { encoding: "utf8" });
    const { isNewest, codes } = JSON.parse(read) as { isNewest: boolean; codes: Record<string, string> };
    const ours: Record<string, string> = Codes;
    expect(Object.keys(codes).filter((name) => !(name in ours))).to.deep.equal([]);
    // Synapse renames a code when the specification takes it in.
    const others = Object.entries(codes).filter(([name, code]) => isNewest && ours[name] !== code);
    expect(others).to.deep.equal([]);
  });
});
