//! Tables, format version, migration after a backup.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::LedgerError;
use crate::event::Namespace;

/// Marks the file as a ledger (`PRFM`).
const APPLICATION_ID: i64 = 0x5052_464D;

/// How long a writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Each entry takes a ledger from format `index` to `index + 1`; entry 0 makes an empty one. Entries never change.
const MIGRATIONS: &[&str] = &[FIRST, DATED_LOOKS];

const FIRST: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE events(
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        run_id TEXT,
        namespace TEXT NOT NULL,
        body TEXT NOT NULL,
        prev_digest TEXT NOT NULL,
        digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_by_run ON events(run_id, seq);
    CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
    CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
    CREATE TABLE runs(
        run_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, summary TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE trials(
        number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
        first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL
    ) STRICT;
    CREATE TABLE candidates(
        run_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE looks(
        trial_key TEXT PRIMARY KEY, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, symbols TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE progress(
        run_id TEXT NOT NULL, phase TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
        eta_seconds REAL, at INTEGER NOT NULL, PRIMARY KEY(run_id, phase)
    ) STRICT, WITHOUT ROWID;
";

/// A trial may look at several spans: its hold-out, and later windows it is validated on.
const DATED_LOOKS: &str = "
    ALTER TABLE looks RENAME TO looks_before;
    CREATE TABLE looks(
        trial_key TEXT NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, symbols TEXT NOT NULL,
        PRIMARY KEY(trial_key, first_day, last_day)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO looks SELECT trial_key, first_day, last_day, symbols FROM looks_before;
    DROP TABLE looks_before;
";

/// Format version this build writes and reads.
pub const FORMAT: u32 = MIGRATIONS.len() as u32;

/// Tables that [`crate::Ledger::rebuild`] fills again from the events.
pub(crate) const PROJECTIONS: [&str; 4] = ["runs", "trials", "candidates", "looks"];

/// Opens for reading and writing, creating or migrating as needed.
pub(crate) fn open(path: &Path, namespace: Namespace) -> Result<Connection, LedgerError> {
    open_with(path, namespace, MIGRATIONS)
}

fn open_with(path: &Path, namespace: Namespace, migrations: &[&str]) -> Result<Connection, LedgerError> {
    let open_error = |source: rusqlite::Error| match LedgerError::sqlite(path, "open")(source) {
        LedgerError::Sqlite { path, source, .. } => LedgerError::Open { path, source },
        other => other,
    };
    let mut connection = Connection::open(path).map_err(open_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(open_error)?;
    // The first statement that reads the file: damage and foreign files show here, before anything is written.
    check_identity(&connection, path, migrations.len())?;
    quick_check(&connection, path)?;
    enter_wal(&connection).map_err(open_error)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(open_error)?;
    migrate(&mut connection, path, namespace, migrations)?;
    check_namespace(&connection, path, namespace)?;
    Ok(connection)
}

/// Opens an existing ledger for reading only: no migration, no lock that keeps a writer out.
pub(crate) fn open_read_only(path: &Path) -> Result<(Connection, Namespace), LedgerError> {
    if !path.exists() {
        return Err(LedgerError::Missing { path: path.to_owned() });
    }
    let error = LedgerError::sqlite(path, "read");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(&error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(&error)?;
    match check_identity(&connection, path, MIGRATIONS.len())? {
        0 => return Err(LedgerError::Missing { path: path.to_owned() }),
        _ => quick_check(&connection, path)?,
    }
    let namespace = read_namespace(&connection, path)?;
    Ok((connection, namespace))
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

/// The format version; 0 for an empty file. Refuses what is not a ledger, and newer ledgers.
fn check_identity(connection: &Connection, path: &Path, known: usize) -> Result<u32, LedgerError> {
    let error = LedgerError::sqlite(path, "read the format version");
    // One read transaction, so that a ledger being created by another process is seen whole or not at all.
    let transaction = connection.unchecked_transaction().map_err(&error)?;
    let version = number(&transaction, "user_version").map_err(&error)?;
    let application = number(&transaction, "application_id").map_err(&error)?;
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(&error)?;
    let empty = version == 0 && application == 0 && tables == 0;
    match u32::try_from(version) {
        Ok(0) if empty => Ok(0),
        Ok(version) if application == APPLICATION_ID && version > 0 => match version as usize > known {
            true => Err(LedgerError::Newer { path: path.to_owned(), found: version }),
            false => Ok(version),
        },
        _ => Err(LedgerError::NotALedger { path: path.to_owned() }),
    }
}

fn quick_check(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let check = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match check.map_err(LedgerError::sqlite(path, "check"))?.as_str() {
        "ok" => Ok(()),
        detail => Err(LedgerError::Corrupt { path: path.to_owned(), detail: detail.to_owned() }),
    }
}

/// Switches to write-ahead logging. SQLite does not wait for locks here, so several first openers take turns.
fn enter_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        let mode =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) && tries < 200 =>
            {
                tries += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other.map(drop),
        }
    }
}

fn migrate(
    connection: &mut Connection,
    path: &Path,
    namespace: Namespace,
    migrations: &[&str],
) -> Result<(), LedgerError> {
    let found = check_identity(connection, path, migrations.len())?;
    if found as usize == migrations.len() {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, path, found)?;
    }
    let error = LedgerError::sqlite(path, "create or migrate the tables");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&error)?;
    // Another process may have been faster.
    let current =
        usize::try_from(number(&transaction, "user_version").map_err(&error)?).unwrap_or(usize::MAX);
    for migration in migrations.iter().skip(current) {
        transaction.execute_batch(migration).map_err(&error)?;
    }
    if current == 0 {
        let sql = "INSERT INTO meta(key, value) VALUES('namespace', ?1)";
        transaction.execute(sql, [namespace.name()]).map_err(&error)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(&error)?;
    transaction.pragma_update(None, "user_version", current.max(migrations.len()) as i64).map_err(&error)?;
    transaction.commit().map_err(error)
}

/// Where the copy of a ledger of this format goes before it is migrated.
fn backup_path(path: &Path, format: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".v{format}.bak"));
    path.with_file_name(name)
}

/// A consistent copy of the file (write-ahead log included), complete or not there.
fn back_up(connection: &Connection, path: &Path, format: u32) -> Result<(), LedgerError> {
    let target = backup_path(path, format);
    let error = |source| LedgerError::Backup { path: target.clone(), source };
    let mut partial = target.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    match fs::remove_file(&partial) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(error(source)),
        _ => {}
    }
    let copied = connection.execute("VACUUM INTO ?1", [partial.to_string_lossy()]);
    copied.map_err(|source| error(io::Error::other(source)))?;
    File::open(&partial).and_then(|file| file.sync_all()).map_err(error)?;
    fs::rename(&partial, &target).map_err(error)
}

fn read_namespace(connection: &Connection, path: &Path) -> Result<Namespace, LedgerError> {
    let read = connection.query_row("SELECT value FROM meta WHERE key = 'namespace'", [], |row| row.get(0));
    let text: String = read.map_err(LedgerError::sqlite(path, "read the namespace"))?;
    Namespace::read(&text)
        .ok_or_else(|| LedgerError::Corrupt { path: path.to_owned(), detail: format!("namespace `{text}`") })
}

fn check_namespace(connection: &Connection, path: &Path, wanted: Namespace) -> Result<(), LedgerError> {
    match read_namespace(connection, path)? {
        found if found == wanted => Ok(()),
        found => Err(LedgerError::Namespace { path: path.to_owned(), found, wanted }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_ledger_is_migrated_after_a_backup_and_then_refused_by_older_builds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let old = open_with(&path, Namespace::Real, &MIGRATIONS[..1]).unwrap();
        old.execute("INSERT INTO looks VALUES('a', 1, 2, 'X')", []).unwrap();
        old.execute("INSERT INTO meta VALUES('note', 'before')", []).unwrap();
        drop(old);
        fs::write(folder.path().join("ledger.db.v1.bak.partial"), "left by a crash").unwrap();

        let newer = [
            MIGRATIONS[0],
            MIGRATIONS[1],
            "CREATE TABLE later(x INTEGER) STRICT; UPDATE meta SET value = 'after' WHERE key = 'note';",
        ];
        let migrated = open_with(&path, Namespace::Real, &newer).unwrap();
        assert_eq!(number(&migrated, "user_version").unwrap(), 3);
        let looks: i64 = migrated.query_row("SELECT count(*) FROM looks", [], |row| row.get(0)).unwrap();
        assert_eq!(looks, 1, "looks are kept");
        let note = |c: &Connection| {
            c.query_row("SELECT value FROM meta WHERE key = 'note'", [], |row| row.get::<_, String>(0))
                .unwrap()
        };
        assert_eq!(note(&migrated), "after");
        let backup = Connection::open(backup_path(&path, 1)).unwrap();
        assert_eq!((note(&backup), number(&backup, "user_version").unwrap()), ("before".to_owned(), 1));
        drop(migrated);
        assert!(matches!(open(&path, Namespace::Real), Err(LedgerError::Newer { found: 3, .. })));
        assert!(matches!(open_read_only(&path), Err(LedgerError::Newer { found: 3, .. })));
    }

    #[test]
    fn a_migration_that_fails_leaves_the_old_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        drop(open(&path, Namespace::Real).unwrap());
        let broken = [
            MIGRATIONS[0],
            MIGRATIONS[1],
            "CREATE TABLE half(x INTEGER) STRICT; CREATE TABLE meta(x INTEGER);",
        ];
        assert!(open_with(&path, Namespace::Real, &broken).is_err());
        let connection = open(&path, Namespace::Real).unwrap();
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn foreign_and_damaged_files_are_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.db");
        fs::write(&text, "not a database at all, but long enough to have a header".repeat(40)).unwrap();
        let before = fs::read(&text).unwrap();
        assert!(matches!(open(&text, Namespace::Real), Err(LedgerError::Corrupt { .. })));
        assert_eq!(fs::read(&text).unwrap(), before);

        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
        let before = fs::read(&other).unwrap();
        assert!(matches!(open(&other, Namespace::Real), Err(LedgerError::NotALedger { .. })));
        assert_eq!(fs::read(&other).unwrap(), before);

        let damaged = folder.path().join("damaged.db");
        drop(open(&damaged, Namespace::Real).unwrap());
        let mut bytes = fs::read(&damaged).unwrap();
        let page = 4_096;
        bytes[page..2 * page].fill(0xAA);
        fs::write(&damaged, &bytes).unwrap();
        assert!(matches!(open(&damaged, Namespace::Real), Err(LedgerError::Corrupt { .. })));
        assert_eq!(fs::read(&damaged).unwrap(), bytes);
    }

    #[test]
    fn the_other_namespace_and_a_missing_ledger_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        assert!(matches!(open_read_only(&path), Err(LedgerError::Missing { .. })));
        assert!(!path.exists());
        drop(open(&path, Namespace::DryRun).unwrap());
        assert!(matches!(open(&path, Namespace::Real), Err(LedgerError::Namespace { .. })));
        assert!(open(&folder.path().join("no/such/folder.db"), Namespace::Real).is_err());
    }
}
