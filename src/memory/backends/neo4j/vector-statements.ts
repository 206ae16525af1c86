/** Taken first, as writers of items do: what an item says is then still so when its vector is written. Changes nothing. */
const HOLD = "MERGE (m:AiosMemory {id: 'memory'}) SET m.revision = coalesce(m.revision, 0) WITH m";
const INDEX = "item_embedding";

export const INDEXED = `SHOW VECTOR INDEXES YIELD name, options WHERE name = '${INDEX}'
RETURN options.indexConfig['vector.dimensions'] AS dimension`;

export const DROP_INDEX = `DROP INDEX ${INDEX} IF EXISTS`;

/** A size cannot be a parameter: the caller has it from an embedder that was looked at. */
export const index = (dimension: number) =>
  `CREATE VECTOR INDEX ${INDEX} IF NOT EXISTS FOR (i:Item) ON (i.embedding)
OPTIONS {indexConfig: {\`vector.dimensions\`: ${String(Math.trunc(dimension))}, \`vector.similarity_function\`: 'cosine'}}`;

export const AWAIT_INDEX = `CALL db.awaitIndex('${INDEX}', 60)`;

export const MADE_OF = `MATCH (i:Item) WHERE i.id IN $ids AND i.embeddedBy = $by
RETURN i.id AS id, i.embeddedOf AS of`;

export const READ = `MATCH (i:Item) WHERE i.id IN $ids AND i.embeddedBy = $by
RETURN i.id AS id, i.embeddedOf AS of, i.embedding AS embedding`;

/** Parameter `vectors`: `{id, of, embedding}`. An item that was written before there were vectors has no digest yet. */
export const KEEP = `${HOLD}
UNWIND $vectors AS v
MATCH (i:Item {id: v.id}) WHERE coalesce(i.digest, v.of) = v.of
SET i.embedding = [n IN v.embedding | toFloat(n)], i.embeddedBy = $by, i.embeddedOf = v.of`;

export const CLEAR = `MATCH (i:Item) WHERE i.embeddedBy IS NOT NULL AND ($but IS NULL OR i.embeddedBy <> $but)
WITH i LIMIT $limit
REMOVE i.embedding, i.embeddedBy, i.embeddedOf
RETURN count(i) AS removed`;

export const CENSUS = "MATCH (i:Item) RETURN i.embeddedBy AS by, count(i) AS items";

/** The cosine of the node `i` to what was asked: the server has it between 0 and 1. */
export const COSINE = "CASE WHEN i.embeddedBy = $by THEN 2 * vector.similarity.cosine(i.embedding, $vector) - 1 END";

/** The nearest `$count`, by the index of vectors, and of these what `conditions` leave. The index's own scores are rough. */
export const nearest = (conditions: string) =>
  `CALL db.index.vector.queryNodes('${INDEX}', $count, $vector) YIELD node AS i, score
WHERE i.embeddedBy = $by AND ${conditions}
RETURN i.json AS json, 2 * vector.similarity.cosine(i.embedding, $vector) - 1 AS cosine ORDER BY score DESC LIMIT $limit`;

/** The nearest of a part of the memory that is so small that the index tells too little of it. */
export const nearestOf = (conditions: string) =>
  `MATCH (i:Item) WHERE i.embeddedBy = $by AND ${conditions}
WITH i, 2 * vector.similarity.cosine(i.embedding, $vector) - 1 AS cosine
RETURN i.json AS json, cosine ORDER BY cosine DESC LIMIT $limit`;
