import { backendContract } from "../../integration/memory/backend-contract.ts";
import { makeStore, storeNames } from "../support/stores.ts";

for (const name of storeNames) backendContract(name, () => makeStore(name));
