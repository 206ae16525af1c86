/** What the database needs before the first item; running it again changes nothing. */
export const schema: readonly string[] = [
  "CREATE CONSTRAINT item_id IF NOT EXISTS FOR (i:Item) REQUIRE i.id IS UNIQUE",
  "CREATE CONSTRAINT link_key IF NOT EXISTS FOR ()-[r:LINK]-() REQUIRE r.key IS UNIQUE",
  "CREATE CONSTRAINT memory_id IF NOT EXISTS FOR (m:AiosMemory) REQUIRE m.id IS UNIQUE",
  "CREATE INDEX item_key IF NOT EXISTS FOR (i:Item) ON (i.key)",
  // Our own terms, taken as they are: every backend cuts text alike.
  `CREATE FULLTEXT INDEX item_terms IF NOT EXISTS FOR (i:Item) ON EACH [i.words, i.grams, i.readers]
   OPTIONS {indexConfig: {\`fulltext.analyzer\`: 'whitespace', \`fulltext.eventually_consistent\`: false}}`,
  "CALL db.awaitIndexes(60)",
];
