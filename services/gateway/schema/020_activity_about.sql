-- The members to whom a line of the activity log happened: a person's own page shows these lines. The lines that are
-- there already take them from their events, where a member is member_id, alone or in a list, or the first admin.
ALTER TABLE activity ADD COLUMN about uuid[] NOT NULL DEFAULT '{}';
UPDATE activity SET about = ARRAY(
    SELECT (named #>> '{}')::uuid
    FROM (SELECT jsonb_path_query(data, '$.member_id')
          UNION SELECT jsonb_path_query(data, '$.admin_id')
          UNION SELECT jsonb_path_query(data, '$.*[*].member_id')) AS names (named)
    WHERE jsonb_typeof(named) = 'string'
);
CREATE INDEX activity_about ON activity USING gin (about);
