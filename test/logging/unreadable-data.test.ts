import { expect } from "chai";
import { createLogger, LOG_FORMATS } from "#src/logging/create-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { ANSWERS, THROWN } from "../faults/faults.js";
import { CapturedStream } from "./captured-stream.js";

for (const format of LOG_FORMATS) {
  describe(`a log line with data that can't be read, in the format ${format}`, () => {
    for (const [name, make] of [...Object.entries(THROWN), ...Object.entries(ANSWERS)]) {
      it(`a log line with data that can't be read, in the format ${format} is written whole, in one piece and not too long: ${name}`, () => {
        const stream = new CapturedStream();
        const log = moduleLogger(createLogger({ format, stream }), { id: "odd" });
        log.warn("odd data", { data: make(), held: { deeper: [make()] }, after: "the end" });
        log.warn("next line");
        expect(stream.text).to.include("odd data").and.to.include("the end").and.to.include("next line");
        expect(stream.text.length).to.be.below(200_000);
      });
    }

    it(`a log line with data that can't be read, in the format ${format} says what couldn't be read`, () => {
      const stream = new CapturedStream();
      const odd = Object.defineProperty({ seen: 1 }, "hidden", {
        enumerable: true,
        get: () => JSON.parse("{") as unknown,
      });
      createLogger({ format, stream }).warn("odd data", { odd, revoked: THROWN["revokedProxy"]!() });
      expect(stream.text).to.match(
        format === "json"
          ? /"odd":\{"seen":1,"hidden":"\[unreadable\]"\},"revoked":"\[unreadable\]"/
          : /odd=\{ seen: 1, hidden: '\[unreadable\]' \} revoked=\[unreadable\]/,
      );
    });
  });
}
