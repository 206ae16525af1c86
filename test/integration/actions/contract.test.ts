import { actions } from "../../../src/actions/index.ts";
import { cases } from "./cases.ts";
import { holdsTheContract } from "./contract-suite.ts";

holdsTheContract([...actions.values()], cases, "test/integration/actions/cases.ts");
