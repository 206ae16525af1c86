/** Taken first, so that writers follow each other: a version that was read is still the version when it is written over. */
const TURN = "MERGE (m:AiosMemory {id: 'memory'}) SET m.revision = coalesce(m.revision, 0) + 1 WITH m";

export const REVISION = "OPTIONAL MATCH (m:AiosMemory {id: 'memory'}) RETURN coalesce(m.revision, 0) AS revision";

/**
 * Parameter `writes`: `{id, expected, label, properties}`; a write that arrives for the second time is no conflict. The vector
 * of what an item still says stays.
 */
export const PUT = `${TURN}
UNWIND range(0, size($writes) - 1) AS at
WITH at, $writes[at] AS w
OPTIONAL MATCH (old:Item {id: w.id})
WITH at, w, old.json AS before, coalesce(old.version, 0) AS found, old.write AS last,
  CASE WHEN old.embeddedOf = w.properties.digest THEN old {.embedding, .embeddedBy, .embeddedOf} ELSE {} END AS kept
WITH at, w, before, kept, (w.expected IS NULL OR w.expected = found OR last = w.properties.write) AS fits
FOREACH (_ IN CASE WHEN fits THEN [1] ELSE [] END |
  MERGE (i:Item {id: w.id})
  REMOVE i:$([label IN labels(i) WHERE label <> 'Item'])
  SET i = w.properties, i += kept, i:$(w.label)
)
RETURN fits, before ORDER BY at`;

export const REMOVE = `${TURN}
UNWIND range(0, size($ids) - 1) AS at
OPTIONAL MATCH (i:Item {id: $ids[at]})
WITH at, i, i.json AS before
DETACH DELETE i
RETURN before ORDER BY at`;

/** Parameter `links`: `{from, to, key, properties}`. */
export const LINK = `${TURN}
UNWIND range(0, size($links) - 1) AS at
WITH at, $links[at] AS l
OPTIONAL MATCH (a:Item {id: l.from})
OPTIONAL MATCH (b:Item {id: l.to})
FOREACH (_ IN CASE WHEN a IS NULL OR b IS NULL THEN [] ELSE [1] END |
  MERGE (a)-[r:LINK {key: l.key}]->(b)
  SET r = l.properties
)
RETURN a IS NOT NULL AND b IS NOT NULL AS drawn ORDER BY at`;

export const UNLINK = `${TURN}
UNWIND range(0, size($keys) - 1) AS at
OPTIONAL MATCH ()-[r:LINK {key: $keys[at]}]->()
WITH at, r, r IS NOT NULL AS found
DELETE r
RETURN found ORDER BY at`;

export const GET = "MATCH (i:Item) WHERE i.id IN $ids RETURN i.json AS json";

/** One page by id; `conditions` narrows. */
export const page = (conditions: string) =>
  `MATCH (i:Item) WHERE i.id > $after AND ${conditions} RETURN i.json AS json, i.id AS id ORDER BY i.id LIMIT $limit`;

/** Best first, by the index of our terms; with the cosine of each where `cosine` says how. */
export const search = (conditions: string, cosine = "null") =>
  `CALL db.index.fulltext.queryNodes('item_terms', $question, $options) YIELD node AS i, score
WHERE ${conditions}
RETURN i.json AS json, ${cosine} AS cosine ORDER BY score DESC LIMIT $limit`;

export const LINKS = `MATCH (a:Item)-[r:LINK]-(:Item) WHERE a.id IN $ids
WITH DISTINCT r
RETURN startNode(r).id AS from, endNode(r).id AS to, r.relation AS relation, r.space AS space,
  r.evidence AS evidence, r.createdAtMs AS createdAtMs LIMIT $limit`;
