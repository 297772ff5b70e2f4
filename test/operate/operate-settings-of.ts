import { expect } from "chai";
import type { Operate } from "#src/config/operate/operate.js";
import type { OperateSettings } from "#src/config/operate/operate-settings.js";
import { readOperate } from "#src/config/operate/read-operate.js";
import { formatProblem } from "#src/errors/problem.js";

/** What `operate:` says, as a file's would be read. */
export async function settingsOf(operate: Operate): Promise<OperateSettings> {
  const { value, problems } = await readOperate(operate, () => undefined, "modules[0]", ".");
  expect(problems.map(formatProblem)).to.deep.equal([]);
  return value!;
}
