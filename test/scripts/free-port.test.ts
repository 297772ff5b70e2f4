import { expect } from "chai";
import { freePort } from "../free-port.js";

describe("scripts/free-port.mjs", () => {
  it("scripts/free-port.mjs finds ports that no system gives out by itself, each once", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(ports.filter((port) => port < 1024 || port >= 32_768)).to.deep.equal([]);
    expect(new Set(ports).size).to.equal(50);
  });
});
