-- Views for people: one a kind of thing that the engine keeps, so that an operator asks in plain SQL. The driver itself
-- knows nothing of these kinds and reads no view; an older program need not know them, so the layout's format stays.
--
-- What holds for all of them:
--   * one row a thing; columns keep their order, and new ones come last;
--   * "own" is the thing's id within its space and "id" its id outside, as the API writes it, also where others refer to it;
--   * data is the whole record, text is what somebody wrote; what was erased is NULL;
--   * what cannot be read is NULL, and hides nothing else;
--   * no ballot, no key of an index, no salt, no stored reply and nothing by which somebody signs in is in any of them.
--
-- They run with their owner's rights and are security barriers: who may read them needs no right to a table, and gets
-- nothing but what they show.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION as_json(body bytea) RETURNS jsonb IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
    RETURN pg_catalog.convert_from(body, 'UTF8')::pg_catalog.jsonb;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION as_json(bytea) IS 'bytes as JSON; NULL where they are none';

-- +goose StatementBegin
CREATE FUNCTION as_time(written text) RETURNS timestamptz STABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
    RETURN written::pg_catalog.timestamptz;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION as_time(text) IS 'a time as JSON writes it; NULL where it is none';

-- +goose StatementBegin
CREATE FUNCTION as_number(written text) RETURNS numeric IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
    RETURN written::pg_catalog.numeric;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION as_number(text) IS 'a number as JSON writes it; NULL where it is none';

-- A barrier, so that a body is read once for each row, however many columns are made of it.
CREATE VIEW noun WITH (security_barrier) AS
SELECT s.name AS space, r.space AS number, r.kind, r.id AS own, s.name || '.' || r.id AS id, r.version, as_json(r.body) AS data
FROM space s
JOIN record r ON r.space = s.id
WHERE NOT r.side;
COMMENT ON VIEW noun IS 'What the other views are made of: every record that is folded from a log.';

-- No barrier, so that a text is looked up by its key.
CREATE VIEW said AS
SELECT r.space AS number, r.id, as_json(substr(r.body, 33)) AS text
FROM record r
WHERE r.kind = 'text';
COMMENT ON VIEW said IS 'What the other views are made of: every text that somebody wrote, drafts too.';

CREATE VIEW spaces WITH (security_barrier) AS
SELECT n.space                                        AS id,
       n.version,
       n.data ->> 'slug'                              AS slug,
       t.text ->> 'name'                              AS name,
       t.text ->> 'description'                       AS description,
       n.data ->> 'locale'                            AS locale,
       n.data ->> 'zone'                              AS zone,
       n.data ->> 'currency'                          AS currency,
       n.data @> '{"public": true}'                   AS public,
       ARRAY(SELECT v #>> '{}' FROM jsonb_path_query(n.data, '$.off[*]') AS v) AS off,
       n.data #>> '{element,type}'                    AS element_type,
       n.data #>> '{element,id}'                      AS element_id,
       n.data #>> '{element,url}'                     AS element_url,
       as_time(n.data ->> 'founded')                  AS founded,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
WHERE n.kind = 'space';
COMMENT ON VIEW spaces IS 'Cooperative spaces.';
COMMENT ON COLUMN spaces.slug IS 'the short name in addresses';
COMMENT ON COLUMN spaces.public IS 'anybody may read it; otherwise its members only';
COMMENT ON COLUMN spaces.off IS 'modules that are switched off';

CREATE VIEW persons WITH (security_barrier) AS
SELECT n.own                                          AS id,
       n.version,
       as_time(n.data ->> 'known')                    AS known,
       n.data @> '{"erased": true}'                   AS erased,
       n.data
FROM noun n
WHERE n.kind = 'person';
COMMENT ON VIEW persons IS 'People whom the instance knows, each once, whatever spaces they belong to. Who they are is said by the members view, space by space.';
COMMENT ON COLUMN persons.known IS 'since when';

CREATE VIEW members WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       n.data ->> 'kind'                              AS kind,
       n.data ->> 'person'                            AS person,
       t.text ->> 'name'                              AS name,
       t.text ->> 'email'                             AS email,
       t.text ->> 'number'                            AS number,
       n.data ->> 'standing'                          AS standing,
       ARRAY(SELECT v #>> '{}' FROM jsonb_path_query(n.data, '$.roles[*]') AS v) AS roles,
       as_number(n.data ->> 'weight')                 AS weight,
       as_time(n.data ->> 'joined')                   AS joined,
       as_time(n.data ->> 'left')                     AS ended,
       n.data @> '{"erased": true}'                   AS erased,
       n.data ->> 'source'                            AS source,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
WHERE n.kind = 'member';
COMMENT ON VIEW members IS 'Memberships: people and organisations, with those who were invited, have asked, or are gone.';
COMMENT ON COLUMN members.kind IS 'person or organisation';
COMMENT ON COLUMN members.person IS 'of a person: their id in persons';
COMMENT ON COLUMN members.standing IS 'invited, pending, active, suspended or left';
COMMENT ON COLUMN members.weight IS 'voices in a vote';
COMMENT ON COLUMN members.ended IS 'when the membership, invitation or request ended; NULL while it lasts';
COMMENT ON COLUMN members.erased IS 'who it was cannot be found out any more';
COMMENT ON COLUMN members.source IS 'where an import found them';

CREATE VIEW representatives WITH (security_barrier) AS
SELECT n.space, n.id                                  AS member,
       e.place,
       e.one ->> 'person'                             AS person,
       t.text ->> 'name'                              AS name,
       as_time(e.one ->> 'from')                      AS since,
       as_time(e.one ->> 'until')                     AS until
FROM noun n
CROSS JOIN LATERAL jsonb_path_query(n.data, '$.representatives[*]') WITH ORDINALITY AS e (one, place)
LEFT JOIN said t ON t.number = n.number AND t.id = e.one ->> 'text'
WHERE n.kind = 'member';
COMMENT ON VIEW representatives IS 'Who votes for an organisation, and when: one row for each time somebody was named.';
COMMENT ON COLUMN representatives.until IS 'NULL: until further notice';

CREATE VIEW rooms WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       t.text ->> 'name'                              AS name,
       t.text ->> 'description'                       AS description,
       ARRAY(SELECT v #>> '{}' FROM jsonb_path_query(n.data, '$.roles[*]') AS v) AS roles,
       n.data @> '{"closed": true}'                   AS closed,
       as_time(n.data ->> 'opened')                   AS opened,
       n.data ->> 'source'                            AS source,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
WHERE n.kind = 'room';
COMMENT ON VIEW rooms IS 'Rooms of spaces.';
COMMENT ON COLUMN rooms.roles IS 'who may enter beside officers; empty: whoever may read the space';

CREATE VIEW proposals WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       n.space || '.' || (n.data ->> 'room')          AS room,
       n.space || '.' || (n.data ->> 'author')        AS author,
       n.data ->> 'state'                             AS state,
       t.text ->> 'title'                             AS title,
       t.text ->> 'summary'                           AS summary,
       t.text ->> 'body'                              AS body,
       t.text ->> 'arguments'                         AS arguments,
       ARRAY(SELECT v #>> '{}' FROM jsonb_path_query(t.text, '$.tags[*]') AS v) AS tags,
       (SELECT count(*) FROM jsonb_path_query(n.data, '$.versions[*]')) AS versions,
       as_time(n.data ->> 'written')                  AS written,
       as_time(n.data ->> 'submitted')                AS submitted,
       n.space || '.' || (n.data ->> 'poll')          AS poll,
       n.space || '.' || (n.data ->> 'resolution')    AS resolution,
       n.data ->> 'source'                            AS source,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data #>> '{versions,-1,text}' AND n.data ? 'submitted'
WHERE n.kind = 'proposal';
COMMENT ON VIEW proposals IS 'Proposals with the latest version of their text. What a draft says is its author''s: it is NULL until the debate begins.';
COMMENT ON COLUMN proposals.author IS 'NULL: the host, or in history somebody unknown';
COMMENT ON COLUMN proposals.state IS 'draft, in_debate, in_vote, adopted, rejected, inquorate or withdrawn';
COMMENT ON COLUMN proposals.versions IS 'how many versions of the text there are';
COMMENT ON COLUMN proposals.submitted IS 'when the debate began';
COMMENT ON COLUMN proposals.poll IS 'the last poll on it';

CREATE VIEW amendments WITH (security_barrier) AS
SELECT n.space, n.id                                  AS proposal,
       e.place,
       n.space || '.' || (e.one ->> 'author')         AS author,
       t.text ->> 'text'                              AS body,
       as_number(e.one ->> 'for')                     AS votes_for,
       as_number(e.one ->> 'against')                 AS votes_against,
       as_number(e.one ->> 'blank')                   AS votes_blank,
       e.one @> '{"accepted": true}'                  AS accepted
FROM noun n
CROSS JOIN LATERAL jsonb_path_query(n.data, '$.amendments[*]') WITH ORDINALITY AS e (one, place)
LEFT JOIN said t ON t.number = n.number AND t.id = e.one ->> 'text'
WHERE n.kind = 'proposal';
COMMENT ON VIEW amendments IS 'Amendments to proposals, as an import found them.';

CREATE VIEW polls WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       n.space || '.' || (n.data ->> 'proposal')      AS proposal,
       v.text ->> 'title'                             AS title,
       n.data ->> 'state'                             AS state,
       n.data #>> '{question,method}'                 AS method,
       t.text -> 'options'                            AS options,
       n.data -> 'rule'                               AS rule,
       n.data @> '{"change": true}'                   AS change,
       n.data @> '{"names": true}'                    AS names,
       as_time(n.data ->> 'planned')                  AS planned,
       as_time(n.data #>> '{opens,at}')               AS opens,
       as_time(n.data #>> '{closes,at}')              AS closes,
       as_time(n.data ->> 'opened')                   AS opened,
       as_time(n.data ->> 'closed')                   AS closed,
       as_time(n.data ->> 'counted')                  AS counted,
       nullif(as_number(n.data #>> '{entitled,seats}'), 0)  AS entitled,
       nullif(as_number(n.data #>> '{entitled,voices}'), 0) AS entitled_voices,
       coalesce(as_number(n.data #>> '{result,cast,seats}'),
                CASE WHEN x.id IS NOT NULL THEN (SELECT count(*) FROM ballot b WHERE b.box = x.id) END) AS ballots,
       n.data #>> '{verdict,outcome}'                 AS outcome,
       n.data #>> '{verdict,winner}'                  AS winner,
       as_number(jsonb_path_query_first(n.data, '$.result.votes[*] ? (@.choice == "for").voices') #>> '{}')     AS votes_for,
       as_number(jsonb_path_query_first(n.data, '$.result.votes[*] ? (@.choice == "against").voices') #>> '{}') AS votes_against,
       as_number(n.data #>> '{result,abstain,voices}') AS abstained,
       as_number(n.data #>> '{result,blank,voices}')  AS blank,
       n.data -> 'result'                             AS result,
       n.data -> 'verdict'                            AS verdict,
       n.data ->> 'source'                            AS source,
       n.data - '{casting,named}'::text[]             AS data,
       t.text
FROM noun n
LEFT JOIN box x ON x.space = n.number AND x.poll = n.own
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
LEFT JOIN said v ON v.number = n.number AND v.id = n.data ->> 'voted'
WHERE n.kind = 'poll';
COMMENT ON VIEW polls IS 'Votes on proposals: their rules, how many took part, and once counted what came out. Who voted what is in none of the views.';
COMMENT ON COLUMN polls.title IS 'of the text that is voted on, from the opening on';
COMMENT ON COLUMN polls.state IS 'planned, open, closed, counted or cancelled';
COMMENT ON COLUMN polls.options IS 'key and title of each, for a choice among several; NULL for a vote for or against';
COMMENT ON COLUMN polls.change IS 'a ballot may be changed while the poll is open';
COMMENT ON COLUMN polls.names IS 'who voted what is published after the count';
COMMENT ON COLUMN polls.entitled IS 'how many may vote: the roll, frozen at the opening. NULL before, and where an import did not tell';
COMMENT ON COLUMN polls.ballots IS 'how many lie in the box';
COMMENT ON COLUMN polls.outcome IS 'adopted, rejected, inquorate, tied or void; NULL before the count';
COMMENT ON COLUMN polls.winner IS 'what is adopted: for, or the key of an option';
COMMENT ON COLUMN polls.votes_for IS 'voices, as in the other columns of votes; NULL before the count and for a choice among several';
COMMENT ON COLUMN polls.data IS 'the record, without what the chair voted';

CREATE VIEW resolutions WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       as_number(n.data ->> 'year')                   AS year,
       nullif(as_number(n.data ->> 'number'), 0)      AS number,
       n.space || '.' || nullif(n.data ->> 'proposal', '') AS proposal,
       n.space || '.' || nullif(n.data ->> 'poll', '') AS poll,
       n.space || '.' || (n.data ->> 'room')          AS room,
       t.text ->> 'title'                             AS title,
       t.text ->> 'summary'                           AS summary,
       t.text ->> 'body'                              AS body,
       t.text ->> 'arguments'                         AS arguments,
       n.data ->> 'winner'                            AS winner,
       as_time(n.data ->> 'adopted')                  AS adopted,
       n.data ->> 'source'                            AS source,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
WHERE n.kind = 'resolution';
COMMENT ON VIEW resolutions IS 'The register of what was adopted, with the text that was voted on.';
COMMENT ON COLUMN resolutions.year IS 'of the register, in the time zone of the space';
COMMENT ON COLUMN resolutions.number IS 'from 1 in each year; NULL for one brought over as history';
COMMENT ON COLUMN resolutions.winner IS 'for, or the key of the option that won';

CREATE VIEW actions WITH (security_barrier) AS
SELECT n.space, n.own, n.id, n.version,
       n.space || '.' || (n.data ->> 'resolution')    AS resolution,
       n.space || '.' || (n.data ->> 'room')          AS room,
       n.space || '.' || (n.data ->> 'author')        AS author,
       t.text ->> 'title'                             AS title,
       t.text ->> 'description'                       AS description,
       n.data ->> 'state'                             AS state,
       as_number(n.data ->> 'progress')               AS progress,
       ARRAY(SELECT n.space || '.' || (v #>> '{}') FROM jsonb_path_query(n.data, '$.assignees[*]') AS v) AS assignees,
       as_time(n.data #>> '{start,at}')               AS start,
       as_time(n.data #>> '{due,at}')                 AS due,
       as_time(n.data ->> 'planned')                  AS planned,
       as_time(n.data ->> 'ended')                    AS ended,
       n.data ->> 'source'                            AS source,
       n.data,
       t.text
FROM noun n
LEFT JOIN said t ON t.number = n.number AND t.id = n.data ->> 'text'
WHERE n.kind = 'action';
COMMENT ON VIEW actions IS 'What there is to do, and how far it is.';
COMMENT ON COLUMN actions.state IS 'todo, doing, done or dropped';
COMMENT ON COLUMN actions.progress IS 'percent';
COMMENT ON COLUMN actions.assignees IS 'ids of the members who do it';
COMMENT ON COLUMN actions.ended IS 'when it was done or dropped; NULL for one brought over as history';
