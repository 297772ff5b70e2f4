import { expect } from "chai";
import { createLogger } from "#src/logging/create-logger.js";
import { logGuard } from "#src/logging/log-guard.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "./captured-stream.js";

describe("logGuard", () => {
  const levels = ({ info, debug }: { info: boolean; debug: boolean }) => ({ info, debug });

  it("says which levels are written", () => {
    const guardAt = (level: "warn" | "info" | "debug") =>
      logGuard(createLogger({ level, stream: new CapturedStream() }));
    expect(levels(guardAt("warn"))).to.deep.equal({ info: false, debug: false });
    expect(levels(guardAt("info"))).to.deep.equal({ info: true, debug: false });
    expect(levels(guardAt("debug"))).to.deep.equal({ info: true, debug: true });
  });

  it("follows a change of the logger's level, also through a module's logger", () => {
    const logger = createLogger({ level: "warn", stream: new CapturedStream() });
    const guards = [logGuard(logger), logGuard(moduleLogger(logger, { id: "m" }))];
    logger.level = "debug";
    expect(guards.map(levels)).to.deep.equal([
      { info: true, debug: true },
      { info: true, debug: true },
    ]);
  });

  it("follows a change of a transport's level after refresh", () => {
    const logger = createLogger({ level: "info", stream: new CapturedStream() });
    const guard = logGuard(logger);
    const [transport] = logger.transports;
    if (transport) transport.level = "debug";
    guard.refresh();
    expect(levels(guard)).to.deep.equal({ info: true, debug: true });
  });
});
