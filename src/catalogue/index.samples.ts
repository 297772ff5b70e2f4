import type { CategorySamples } from "../hooks/samples.js";
import { accountDataSamples } from "./account-data.samples.js";
import { accountValiditySamples } from "./account-validity.samples.js";
import { backgroundUpdatesSamples } from "./background-updates.samples.js";
import { federationSamples } from "./federation.samples.js";
import { mediaRepositorySamples } from "./media-repository.samples.js";
import { passwordAuthSamples } from "./password-auth.samples.js";
import { presenceRouterSamples } from "./presence-router.samples.js";
import { ratelimitSamples } from "./ratelimit.samples.js";
import { spamCheckerSamples } from "./spam-checker.samples.js";
import { thirdPartyRulesSamples } from "./third-party-rules.samples.js";
import { unsignedFieldsSamples } from "./unsigned-fields.samples.js";
import type { CATALOGUE } from "./index.js";

/** The samples of every category, by the name of its property of `host.hooks`. */
export const SAMPLES: { readonly [Name in keyof typeof CATALOGUE]: CategorySamples<(typeof CATALOGUE)[Name]> } = {
  spamChecker: spamCheckerSamples,
  thirdPartyRules: thirdPartyRulesSamples,
  presenceRouter: presenceRouterSamples,
  accountValidity: accountValiditySamples,
  passwordAuth: passwordAuthSamples,
  backgroundUpdates: backgroundUpdatesSamples,
  accountData: accountDataSamples,
  unsignedFields: unsignedFieldsSamples,
  mediaRepository: mediaRepositorySamples,
  ratelimit: ratelimitSamples,
  federation: federationSamples,
};
