import { resolve } from "node:path";
import { expect } from "chai";
import type { Operate } from "#src/config/operate/operate.js";
import { writtenOperate } from "#src/inspector/pages/written-operate.js";
import { settingsOf } from "../operate/operate-settings-of.js";

/** What the inspector shows of an `operate:`. */
const shown = async (operate: Operate) => writtenOperate(await settingsOf(operate));

describe("writtenOperate", () => {
  it("writes what an administrator wrote: by its keys, with its units", async () => {
    const written: Operate = {
      mode: "enforce",
      timeout: "1500ms",
      on_failure: { local: "deny", federation: "allow" },
      share: "12.5%",
      rest: "shadow",
      only: { type: ["m.room.message"] },
      except: { sender: ["@admin:*"] },
      circuit_breaker: { failure_rate: "25%", min_calls: 5, window: "2m", open_for: "1h" },
      required: false,
      log_level: "debug",
      hooks: { checkEventForSpam: { timeout: "2s", on_failure: "error" } },
    };
    expect(await shown(written)).to.deep.equal(written);
  });

  it("writes the process of a module, and the whole of what it may have", async () => {
    const permissions = { read: ["/srv/lists"], write: [], child_processes: true, network: true, env: ["LISTS"] };
    const { permissions: found, ...others } = (await shown({
      process: "own",
      memory: "1.5GiB",
      permissions,
    } as Operate)) as { permissions: { read: readonly string[] } };
    expect(others).to.deep.equal({ process: "own", memory: "1536MiB" });
    expect(found).to.deep.equal({ ...permissions, read: [resolve("/srv/lists")] });
  });

  it("leaves out what isn't written, and what shadow implies", async () => {
    expect(await shown({ mode: "shadow", shadow: { services: ["Mailer"] } })).to.deep.equal({
      mode: "shadow",
      shadow: { services: ["Mailer"] },
    });
  });
});
