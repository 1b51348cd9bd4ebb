/** The outbox on disk: one SQLite file. */

/** `PRAGMA user_version`: a file with another number is not ours to read. */
export const SCHEMA_VERSION = 1

/** Fewer, larger pages: an SD card writes 8 KiB no slower than 4. */
export const PAGE_BYTES = 8192
/** Pages in the write-ahead log before it is folded back: 4 MiB. */
export const CHECKPOINT_PAGES = 512
/** Kept of the write-ahead log after a checkpoint, bytes. */
export const WAL_LIMIT_BYTES = 8 * 1024 * 1024

/**
 * `outbox` has no index but its key: one on `value` doubles the cost of an insert, and only `prune` would use it.
 * `meta` is one row, written with every transaction, so that counts need no scan.
 */
export const SCHEMA = `
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  held TEXT NOT NULL DEFAULT '[0,0,0,0]',
  dropped TEXT NOT NULL DEFAULT '[0,0,0,0]'
) STRICT;
CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY,
  value INTEGER NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE TABLE draft (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL,
  json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Pages kept in memory, KiB: the outbox is written and read in order, so a small sensor need not spare more. */
export const CACHE_KIB = 4096
