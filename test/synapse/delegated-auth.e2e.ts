import { expect } from "chai";
import { failureOf } from "../failure-of.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";

const MODULES = modulesOf("bridged-modules");

/** The Matrix Authentication Service has the accounts. No test reaches it. */
const DELEGATED = {
  matrix_authentication_service: { enabled: true, endpoint: "http://127.0.0.1:1/", secret: "for tests" },
  enable_registration: false,
  enable_registration_without_verification: false,
  password_config: { enabled: false },
};

describe("a real Synapse that delegates authentication", () => {
  it("case 411 on Synapse: refuses modules that have password hooks, and names the hooks", async () => {
    const bridged = await BridgedSynapse.create();
    try {
      const failure = await failureOf(bridged.start([{ module: `${MODULES}#Backwards` }], {}, DELEGATED));
      expect(String(failure)).to.include(
        "With `matrix_authentication_service`, Synapse has no password hooks, and the modules of `ligand serve` have auth_checkers",
      );
    } finally {
      await bridged.stop();
    }
  });

  it("case 412 on Synapse: warns of hooks that it never calls", async () => {
    const bridged = await BridgedSynapse.create();
    try {
      await bridged.start([{ module: `${modulesOf("login-modules")}#LoginWatcher` }], {}, DELEGATED);
      const log = await bridged.synapse.log();
      expect(log).to.include(
        "With `matrix_authentication_service`, Synapse never calls check_login_for_spam, on_user_login",
      );
      expect(log).to.include(
        "With `matrix_authentication_service`, is_user_expired is not asked about requests any more",
      );
    } finally {
      await bridged.stop();
    }
  });
});
