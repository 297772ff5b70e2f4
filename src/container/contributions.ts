import type { LoginType } from "../catalogue/auth-checkers.js";
import { CATALOGUE } from "../catalogue/index.js";
import { isEnforced, settingsFor, type OperateSettings } from "../config/operate/operate-settings.js";
import { methodsOf, type Category } from "../hooks/category.js";
import { contributionTo, type Contribution } from "../hooks/contribution.js";
import { describedChains } from "../hooks/described-chains.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { shadowedParts } from "../operate/shadowable.js";

/** A module class, and what its administrator wants of it. */
type OperatedClass = Pick<LoadedModule, "info" | "class" | "operate">;

/** All that the modules register in a category, in config order, disabled or not. */
export function registeredIn(category: string, modules: readonly OperatedClass[]): Contribution[] {
  return contributions(category, modules, () => true);
}

/** What the modules contribute to a category, in config order: callbacks that are enforced, at least for a share. */
export function contributionsTo(category: string, modules: readonly OperatedClass[]): Contribution[] {
  return contributions(category, modules, (operate, hook) => isEnforced(settingsFor(operate, hook)));
}

/** The login types that modules offer, as `host.hooks.passwordAuth.loginTypes` has them. Their classes say enough. */
export function loginTypesOf(modules: readonly OperatedClass[]): readonly LoginType[] {
  const { passwordAuth } = CATALOGUE;
  return methodsOf(passwordAuth, describedChains(passwordAuth, contributionsTo(passwordAuth.name, modules))).loginTypes;
}

/** What the modules have in shadow of a category, in config order, at least for a share. */
export function shadowsOf(category: Category, modules: readonly OperatedClass[]): Contribution[] {
  return contributions(category.name, modules, (operate, name) => {
    const hook = category.hooks[name];
    const parts = hook && shadowedParts(hook, `${category.name}.${name}`, settingsFor(operate, name));
    return parts !== undefined && (parts.share || parts.rest);
  });
}

function contributions(
  category: string,
  modules: readonly OperatedClass[],
  isMeant: (operate: OperateSettings | undefined, hook: string) => boolean,
): Contribution[] {
  return modules.flatMap(({ info, class: moduleClass, operate }) => {
    const contribution = contributionTo(category, info, moduleClass);
    const registrations = contribution?.registrations.filter(({ hook }) => isMeant(operate, hook)) ?? [];
    return contribution && registrations.length > 0 ? [{ ...contribution, registrations }] : [];
  });
}
