import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { referenceName, registeringMethod } from "#src/hooks/reference-name.js";

describe("referenceName", () => {
  it("referenceName puts our names in snake case, with numbers as words", () => {
    const names = ["onUpdate", "userMaySend3pidInvite", "check3pidAuth", "is3pidAllowed", "getUsersForStates"];
    expect(names.map((name) => referenceName(name, {}))).to.deep.equal([
      "on_update",
      "user_may_send_3pid_invite",
      "check_3pid_auth",
      "is_3pid_allowed",
      "get_users_for_states",
    ]);
  });

  it("referenceName returns Synapse's own name if a hook has one", () => {
    const { authChecker } = CATALOGUE.passwordAuth.hooks;
    expect(referenceName("authChecker", authChecker)).to.equal("auth_checkers");
    const { addFieldToUnsigned } = CATALOGUE.unsignedFields.hooks;
    expect(referenceName("addFieldToUnsigned", addFieldToUnsigned)).to.equal("add_field_to_unsigned_callback");
  });
});

describe("registeringMethod", () => {
  it("registeringMethod follows from the name of a category, or from Synapse's own", () => {
    const { spamChecker, thirdPartyRules, passwordAuth, unsignedFields } = CATALOGUE;
    expect([spamChecker, thirdPartyRules, passwordAuth, unsignedFields].map(registeringMethod)).to.deep.equal([
      "register_spam_checker_callbacks",
      "register_third_party_rules_callbacks",
      "register_password_auth_provider_callbacks",
      "register_add_extra_fields_to_unsigned_client_event_callbacks",
    ]);
  });
});
