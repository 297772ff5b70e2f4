import type { CategoryMethods } from "../hooks/category.js";
import { decoratorsOf } from "../hooks/decorators.js";
import { accountData } from "./account-data.js";
import { accountValidity } from "./account-validity.js";
import { backgroundUpdates } from "./background-updates.js";
import { federation } from "./federation.js";
import { mediaRepository } from "./media-repository.js";
import { passwordAuth } from "./password-auth.js";
import { presenceRouter } from "./presence-router.js";
import { ratelimit } from "./ratelimit.js";
import { spamChecker } from "./spam-checker.js";
import { thirdPartyRules } from "./third-party-rules.js";
import { unsignedFields } from "./unsigned-fields.js";

/** Every category, by the name of its property of `host.hooks`. */
export const CATALOGUE = {
  spamChecker,
  thirdPartyRules,
  presenceRouter,
  accountValidity,
  passwordAuth,
  backgroundUpdates,
  accountData,
  unsignedFields,
  mediaRepository,
  ratelimit,
  federation,
} as const;

/** What `host.hooks` is: one property per category, one method per hook. */
export type Hooks = { readonly [Name in keyof typeof CATALOGUE]: CategoryMethods<(typeof CATALOGUE)[Name]> };

export const SpamChecker = decoratorsOf(spamChecker);
export const ThirdPartyRules = decoratorsOf(thirdPartyRules);
export const PresenceRouter = decoratorsOf(presenceRouter);
export const AccountValidity = decoratorsOf(accountValidity);
export const PasswordAuth = decoratorsOf(passwordAuth);
export const BackgroundUpdates = decoratorsOf(backgroundUpdates);
export const AccountData = decoratorsOf(accountData);
export const UnsignedFields = decoratorsOf(unsignedFields);
export const MediaRepository = decoratorsOf(mediaRepository);
export const Ratelimit = decoratorsOf(ratelimit);
export const Federation = decoratorsOf(federation);
