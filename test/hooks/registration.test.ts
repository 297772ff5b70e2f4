import { expect } from "chai";
import { PasswordAuth, SpamChecker } from "#src/catalogue/index.js";
import { callbacksOf, contributionTo } from "#src/hooks/contribution.js";
import { registrationsOf } from "#src/hooks/registration.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";

class Base {
  @SpamChecker.checkEventForSpam()
  events() {
    return NOT_SPAM;
  }

  @SpamChecker.userMayInvite()
  invites() {
    return NOT_SPAM;
  }
}

const onSpamChecker = (hook: string, method: string) => ({
  category: "SpamChecker",
  hook,
  method,
  options: undefined,
});

describe("registrationsOf", () => {
  it("registrationsOf lists the hooks of a class in the order of its text", () => {
    expect(registrationsOf(Base)).to.deep.equal([
      onSpamChecker("checkEventForSpam", "events"),
      onSpamChecker("userMayInvite", "invites"),
    ]);
  });

  it("registrationsOf is empty for a class without hooks", () => {
    expect(registrationsOf(class {})).to.deep.equal([]);
  });

  it("registrationsOf lists inherited hooks first, and leaves the base class as it is", () => {
    class Derived extends Base {
      @SpamChecker.userMayJoinRoom()
      joins() {
        return NOT_SPAM;
      }
    }
    class Furthest extends Derived {
      @SpamChecker.userMayInvite()
      moreInvites() {
        return NOT_SPAM;
      }
    }
    const base = registrationsOf(Base);
    const derived = [...base, onSpamChecker("userMayJoinRoom", "joins")];
    expect(registrationsOf(Derived)).to.deep.equal(derived);
    expect(registrationsOf(Furthest)).to.deep.equal([...derived, onSpamChecker("userMayInvite", "moreInvites")]);
    expect(registrationsOf(Base)).to.deep.equal(base).and.to.have.lengthOf(2);
  });

  it("registrationsOf keeps a hook of an overridden method once, whether the override is decorated or not", () => {
    class Plain extends Base {
      override events() {
        return NOT_SPAM;
      }
    }
    class Decorated extends Base {
      @SpamChecker.checkEventForSpam()
      override events() {
        return NOT_SPAM;
      }
    }
    expect(registrationsOf(Plain)).to.deep.equal(registrationsOf(Base));
    expect(registrationsOf(Decorated)).to.deep.equal(registrationsOf(Base));
  });

  it("registrationsOf keeps both of two methods on one hook, and a method that is decorated twice, in order", () => {
    class Twice {
      @SpamChecker.checkEventForSpam()
      one() {
        return NOT_SPAM;
      }

      @SpamChecker.checkEventForSpam()
      @SpamChecker.checkEventForSpam()
      two() {
        return NOT_SPAM;
      }
    }
    expect(registrationsOf(Twice).map(({ method }) => method)).to.deep.equal(["one", "two", "two"]);
  });

  it("registrationsOf takes an inherited method that plain JavaScript decorates in a subclass", () => {
    class Derived extends Base {}
    (SpamChecker.userMayJoinRoom() as (...target: unknown[]) => void)(Derived.prototype, "invites");
    expect(registrationsOf(Derived)).to.deep.equal([
      ...registrationsOf(Base),
      onSpamChecker("userMayJoinRoom", "invites"),
    ]);
  });

  it("registrationsOf tells login types of one method apart, also in a subclass", () => {
    class Password {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      check() {
        return null;
      }
    }
    class Both extends Password {
      @PasswordAuth.authChecker("m.login.password", ["password"])
      @PasswordAuth.authChecker("org.example.pin", ["pin"])
      override check() {
        return null;
      }
    }
    expect(registrationsOf(Both).map(({ options }) => options)).to.deep.equal([
      { type: "m.login.password", fields: ["password"] },
      { type: "org.example.pin", fields: ["pin"] },
    ]);
  });
});

describe("contributionTo", () => {
  it("contributionTo has the registrations of one category; undefined where there are none", () => {
    const module = { id: "base" };
    const contribution = contributionTo("SpamChecker", module, Base);
    expect(contribution).to.deep.equal({ module, moduleClass: Base, registrations: registrationsOf(Base) });
    expect(contributionTo("ThirdPartyRules", module, Base)).to.equal(undefined);
  });

  it("contributionTo names callbacks by the module's own class and method", () => {
    class Derived extends Base {}
    const module = { id: "derived" };
    const contribution = contributionTo("SpamChecker", module, Derived)!;
    expect(callbacksOf(contribution, "userMayInvite")).to.deep.equal([
      { module, moduleClass: Derived, name: "Derived.invites", method: "invites", options: undefined },
    ]);
    expect(callbacksOf(contribution, "userMayJoinRoom")).to.deep.equal([]);
  });
});
