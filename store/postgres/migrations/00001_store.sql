-- Names are compared byte by byte (COLLATE "C"), as every other driver does. Bodies are bytea: given back byte for byte.
-- There are no foreign keys: rows are written by one program, under the locks that store/postgres describes, and a check of
-- each would take a lock on the row of the space for each.

-- +goose Up

-- The layout's format: a program that knows a lower one reads, and refuses to write. transit is a store.Transit as JSON; the
-- empty text is a store at rest. Whoever writes reads this row last, and holds its lock until the commit.
CREATE TABLE layout (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    format  integer NOT NULL,
    transit text NOT NULL DEFAULT ''
);
INSERT INTO layout (format) VALUES (1);

-- One row a space: locked by whoever writes the space, and the position of its last event.
CREATE TABLE space (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    pos  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE event (
    space bigint NOT NULL,
    pos   bigint NOT NULL,
    body  bytea NOT NULL,
    PRIMARY KEY (space, pos)
);

-- indexes and keys are the record's index keys, side by side, as they are given back; record_key lists them.
CREATE TABLE record (
    space   bigint NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    side    boolean NOT NULL,
    indexes text[] COLLATE "C" NOT NULL,
    keys    bytea[] NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (space, kind, id)
);

CREATE TABLE record_key (
    space bigint NOT NULL,
    kind  text COLLATE "C" NOT NULL,
    index text COLLATE "C" NOT NULL,
    key   bytea NOT NULL,
    id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (space, kind, index, key, id)
);

CREATE TABLE box (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space  bigint NOT NULL,
    poll   text COLLATE "C" NOT NULL,
    change boolean NOT NULL,
    shut   boolean NOT NULL DEFAULT false,
    UNIQUE (space, poll)
);

-- The key is the invariant: one ballot a key. The index covers a ballot whole, so that a box is streamed in key order
-- from the index alone.
CREATE TABLE ballot (
    box   bigint NOT NULL,
    key   bytea NOT NULL,
    rank  smallint NOT NULL,
    rev   bigint NOT NULL,
    retry bytea NOT NULL,
    same  bytea NOT NULL,
    body  bytea NOT NULL,
    PRIMARY KEY (box, key) INCLUDE (rank, rev, retry, same, body)
);
