-- What FraiseQL expects: views with a JSONB column "data", and functions that return a mutation_result.
CREATE EXTENSION pg_stat_statements;

CREATE TABLE users (
    pk_user    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identifier text NOT NULL UNIQUE,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE notes (
    pk_note    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         text NOT NULL UNIQUE,
    text       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX notes_created_at ON notes (created_at);

CREATE VIEW v_user AS
    SELECT identifier, jsonb_build_object('identifier', identifier, 'name', name, 'created_at', created_at) AS data
    FROM users ORDER BY pk_user;
CREATE VIEW v_note AS
    SELECT id, jsonb_build_object('id', id, 'text', text, 'created_at', created_at) AS data
    FROM notes ORDER BY pk_note DESC;

CREATE SCHEMA app;
CREATE TYPE app.mutation_result AS (
    id uuid, updated_fields text[], status text, message text, object_data jsonb, extra_metadata jsonb
);
-- Storing the same note again succeeds; only another text under the same id is refused.
CREATE FUNCTION app.create_note(input jsonb) RETURNS app.mutation_result LANGUAGE plpgsql AS $$
DECLARE
    stored notes;
BEGIN
    INSERT INTO notes (id, text) VALUES (input->>'id', input->>'text') ON CONFLICT (id) DO NOTHING;
    SELECT * INTO stored FROM notes WHERE notes.id = input->>'id';
    IF stored.text <> input->>'text' THEN
        RETURN ROW(NULL, NULL, 'failed:conflict', 'this id has another text', NULL, NULL)::app.mutation_result;
    END IF;
    RETURN ROW(NULL, ARRAY['id', 'text'], 'success', 'stored',
               jsonb_build_object('note', jsonb_build_object('id', stored.id, 'text', stored.text, 'created_at', stored.created_at)),
               NULL)::app.mutation_result;
END $$;

INSERT INTO users (identifier, name, created_at) VALUES
    ('ada', 'Ada Lovelace', now() - interval '90 days'),
    ('grace', 'Grace Hopper', now() - interval '60 days'),
    ('edsger', 'Edsger Dijkstra', now() - interval '30 days');
INSERT INTO notes (id, text, created_at)
    SELECT 'note-' || n, 'written before any drill', now() - n * interval '1 hour' FROM generate_series(1, 100) AS n;
