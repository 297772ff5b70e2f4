import { expect } from "chai";
import { AccountValidity, BackgroundUpdates, CATALOGUE, PasswordAuth, PresenceRouter } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { checkCategory } from "#src/hooks/check-category.js";
import { contributionTo } from "#src/hooks/contribution.js";

class HalfRouter {
  @PresenceRouter.getInterestedUsers()
  interested() {
    return new Set<never>();
  }
}

class WholeRouter extends HalfRouter {
  @PresenceRouter.getUsersForStates()
  users() {
    return new Map<never, never>();
  }
}

class Mailer {
  @AccountValidity.onLegacySendMail()
  send() {}
}

class PasswordOnly {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  check() {
    return null;
  }
}

class PasswordAndPin {
  @PasswordAuth.authChecker("m.login.password", ["password", "pin"])
  check() {
    return null;
  }
}

class BatchSize {
  @BackgroundUpdates.minBatchSize()
  size() {
    return 1;
  }
}

const problemsOf = (category: Category<any>, ...classes: (new () => object)[]) => {
  const contributions = classes.flatMap((moduleClass, index) => {
    const id = `m${index + 1}`;
    const position = { file: "homeserver.yaml", line: index + 1, column: 5 };
    return contributionTo(category.name, { id, position }, moduleClass) ?? [];
  });
  return checkCategory(category, contributions);
};
const at = (line: number) => ({ file: "homeserver.yaml", line, column: 5 });

describe("checkCategory", () => {
  it("checkCategory finds nothing wrong with modules that follow the rules", () => {
    const modules = [WholeRouter, Mailer, PasswordOnly];
    const problems = Object.values<Category>(CATALOGUE).flatMap((category) => problemsOf(category, ...modules));
    expect(problems).to.deep.equal([]);
  });

  it("checkCategory names a hook whose companion is missing, for each module", () => {
    const problem = (id: string, line: number) => ({
      code: "LIGAND_HOOK_REQUIRES",
      message: `module ${id} registers PresenceRouter.getInterestedUsers without PresenceRouter.getUsersForStates; expected both`,
      remedy: "Register the hook that is needed as well.",
      position: at(line),
    });
    expect(problemsOf(CATALOGUE.presenceRouter, HalfRouter, WholeRouter, HalfRouter)).to.deep.equal([
      problem("m1", 1),
      problem("m3", 3),
    ]);
  });

  it("checkCategory names every further owner of a hook that has one", () => {
    const problem = (id: string, line: number) => ({
      code: "LIGAND_HOOK_SINGLE_OWNER",
      message: `AccountValidity.onLegacySendMail is registered by Mailer.send of module m1 and by Mailer.send of module ${id}; expected one callback in all modules`,
      remedy: "Remove one of the two modules, or one of the two methods.",
      position: at(line),
    });
    expect(problemsOf(CATALOGUE.accountValidity, Mailer, Mailer, Mailer)).to.deep.equal([
      problem("m2", 2),
      problem("m3", 3),
    ]);
  });

  it("checkCategory names both modules, field lists and places where a login type has different fields", () => {
    expect(problemsOf(CATALOGUE.passwordAuth, PasswordOnly, PasswordOnly, PasswordAndPin)).to.deep.equal([
      {
        code: "LIGAND_LOGIN_TYPE_CONFLICT",
        message:
          'the login type m.login.password is offered by PasswordOnly.check of module m1 (homeserver.yaml:1:5) with the fields ["password"], and by PasswordAndPin.check of module m3 (homeserver.yaml:3:5) with the fields ["password","pin"]',
        remedy: "Make the fields the same, or remove one of the modules.",
        position: at(3),
      },
    ]);
  });

  it("checkCategory finds nothing wrong with modules that a category does not hear", () => {
    class Controller {
      @BackgroundUpdates.onUpdate()
      update() {
        return { enter: async () => 100, exit: async () => undefined };
      }
    }
    expect(problemsOf(CATALOGUE.backgroundUpdates, Controller, BatchSize)).to.deep.equal([]);
    expect(problemsOf(CATALOGUE.backgroundUpdates, BatchSize, Controller).map(({ code }) => code)).to.deep.equal([
      "LIGAND_HOOK_REQUIRES",
    ]);
  });
});
