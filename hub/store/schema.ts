/**
 * The hub's database, step by step. A step, once released, is never changed: add one.
 * `events.n` is the order of arrival (retention), `events.id` is the order of time (queries).
 */
import type Database from 'better-sqlite3'

const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE events (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  received INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  action TEXT NOT NULL,
  source TEXT,
  port INTEGER,
  protocol TEXT,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX events_source ON events (source, id) WHERE source IS NOT NULL;
CREATE INDEX events_port ON events (port, id) WHERE port IS NOT NULL;
CREATE INDEX events_protocol ON events (protocol, id) WHERE protocol IS NOT NULL;
CREATE INDEX events_action ON events (action, id);
CREATE INDEX events_sensor ON events (sensor, id);
CREATE TABLE streams (
  sensor TEXT NOT NULL,
  epoch TEXT NOT NULL,
  upto INTEGER NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY (sensor, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE attackers (
  ip TEXT PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  events INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  ports_count INTEGER NOT NULL,
  ports BLOB NOT NULL,
  sensors TEXT NOT NULL,
  actions TEXT NOT NULL,
  families TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attackers_last_seen ON attackers (last_seen);
`,
]

/** Throws on a database made by a newer hub. */
export const migrate = (database: Database.Database): void => {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > MIGRATIONS.length)
    throw new Error(
      `the database has schema ${version}, this hub knows ${MIGRATIONS.length}: use a newer hub`,
    )
  MIGRATIONS.slice(version).forEach((step, index) => {
    database
      .transaction(() => {
        database.exec(step)
        database.pragma(`user_version = ${version + index + 1}`)
      })
      .immediate()
  })
}
