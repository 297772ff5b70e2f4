// Runs the test of the module with mocha, as `npx mocha build/examples/testing-a-module/slow-mode.test.js` does. The reporter
// prints no times, so that the output is always the same.
import { join } from "node:path";
import Mocha from "mocha";

const mocha = new Mocha({ reporter: "tap" });
mocha.addFile(join(import.meta.dirname, "slow-mode.test.js"));
await mocha.loadFilesAsync();
mocha.run((failures) => {
  process.exitCode = failures > 0 ? 1 : 0;
});
