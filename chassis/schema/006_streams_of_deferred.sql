-- sender and seq: the stream of a message that waits, and its place in it. Only the first messages of each stream are
-- looked at, however many wait. seq is null in a row that is kept only to look at, and 0 in a reply.
ALTER TABLE deferred_messages ADD COLUMN sender text, ADD COLUMN seq bigint;
UPDATE deferred_messages d SET sender = ltrim(h.source, '/'), seq = h.sequence::bigint
FROM (
    SELECT id, max(header ->> 1) FILTER (WHERE header ->> 0 = 'ce_source') AS source,
           max(header ->> 1) FILTER (WHERE header ->> 0 = 'ce_sequence') AS sequence
    FROM deferred_messages, json_array_elements(convert_from(headers, 'UTF8')::json) AS header
    WHERE kind IN ('ahead', 'gap', 'parked') AND header ->> 0 IN ('ce_source', 'ce_sequence')
    GROUP BY id
) h
WHERE d.id = h.id;
CREATE INDEX deferred_messages_stream ON deferred_messages (agency_id, sender, topic, seq, id) WHERE seq IS NOT NULL;
DROP INDEX deferred_messages_agency;
CREATE INDEX actors_waiting ON actors (agency_id) WHERE waiting > 0 AND parked_at IS NULL;
