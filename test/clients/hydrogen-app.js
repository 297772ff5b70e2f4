// Hydrogen whole, as its own site starts it. esbuild bundles this for the browser.
import { createNavigation, createRouter, FeatureSet, Platform, RootView, RootViewModel } from "hydrogen-view-sdk";

const container = document.body;
const platform = new Platform({
  container,
  config: { defaultHomeServer: "" },
  options: {},
  assetPaths: {
    downloadSandbox: "/hydrogen-view-sdk/asset-build/assets/download-sandbox.html",
    worker: "/hydrogen-view-sdk/asset-build/assets/main.js",
    serviceWorker: "/sw.js",
    olm: {
      wasm: "/@matrix-org/olm/olm.wasm",
      wasmBundle: "/@matrix-org/olm/olm.js",
      legacyBundle: "/@matrix-org/olm/olm_legacy.js",
    },
  },
});
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const features = await FeatureSet.load(platform.settingsStorage);
const root = new RootViewModel({ platform, urlRouter, navigation, features });
await root.load();
container.appendChild(new RootView(root).mount());
// Only for what Hydrogen has no button for.
window.hydrogen = root;
