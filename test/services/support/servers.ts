/** Where the servers of this run are, as `npm run services -- run` says. */
function given(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: these tests need real servers, which \`npm run test:services\` brings`);
  return value;
}

export const neo4jUrl = () => given("AIOS_SERVICE_NEO4J");
export const chromaUrl = () => given("AIOS_SERVICE_CHROMA");

/** The folder of models; `npm run services -- install model` prepares it. */
export const modelDirectory = () => given("AIOS_MODEL_DIR");

/** Where the servers' own files are. */
export const servicesDirectory = () => given("AIOS_SERVICES_DIR");
