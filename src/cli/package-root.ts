import { fileURLToPath } from "node:url";

/** The folder that this package was installed into, with its playbooks and documents. */
export const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
