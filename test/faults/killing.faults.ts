import { KILLING } from "./faults.js";
import { testKilling } from "./killing.js";

testKilling(Object.keys(KILLING));
