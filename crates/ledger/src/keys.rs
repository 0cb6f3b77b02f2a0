//! Signing keys in files: PKCS#8 PEM, readable by their owner only; the public half beside them.
//!
//! The only place in the workspace that asks the operating system for randomness.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use proofmark_lifecycle::mark::key_id;
use proofmark_units::Digest;

/// A file that is larger than this holds no Ed25519 key.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// A signing key. Printing it shows its id only; the secret half is wiped when dropped.
pub struct Key(SigningKey);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id().short())
    }
}

/// A key file was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key is never overwritten.
    #[error("`{}` exists; a key is never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else can read the private key.
    #[error("the private key `{}` can be read by others (mode {mode:03o})", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file could not be read or written.
    #[error("failed to {doing} the key file `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not a key of the wanted kind. The parser's words are left out: they might quote the content.
    #[error("`{}` is not an Ed25519 {kind} key in PEM form", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// `private` or `public`.
        kind: &'static str,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness(#[source] getrandom::Error),
}

impl KeyError {
    /// One thing to try.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "use the key that is there, or give another path",
            Self::ReadableByOthers { .. } => "`chmod 600` the file; if others could read it, make a new key",
            Self::File { .. } => "make one with `proofmark key new`, and check the folder's permissions",
            Self::NotAKey { .. } => "give the path of a file that `proofmark key new` wrote",
            Self::Randomness(_) => "try again",
        }
    }
}

/// Where the public half of a key file is written: the same name with `.pub` after it.
pub fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

impl Key {
    /// Makes a key and writes it to `path` (mode 0600) and its public half beside it.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when either file exists; nothing is written then.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let public = public_path(path);
        if let Some(taken) = [path, public.as_path()].into_iter().find(|path| path.exists()) {
            return Err(KeyError::Exists { path: taken.to_owned() });
        }
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(KeyError::Randomness)?;
        let key = Self(SigningKey::from_bytes(&secret));
        secret.fill(0);
        let pem = key.0.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key always encodes");
        write_new(path, pem.as_bytes(), 0o600)?;
        write_new(&public, key.public_pem().as_bytes(), 0o644)?;
        Ok(key)
    }

    /// Reads a private key file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError::ReadableByOthers`], [`KeyError::NotAKey`], or a file error.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let error = |source| KeyError::File { path: path.to_owned(), doing: "read", source };
        let file = File::open(path).map_err(error)?;
        // Asked of the open file, so that it cannot be exchanged between the question and the reading.
        let mode = permission_bits(&file).map_err(error)?;
        if mode & 0o077 != 0 {
            return Err(KeyError::ReadableByOthers { path: path.to_owned(), mode });
        }
        let mut text = read_text(file).map_err(error)?;
        let key = SigningKey::from_pkcs8_pem(&text);
        // Best effort: the decoded key wipes itself, the text read from the file is overwritten here.
        let length = text.len();
        text.clear();
        text.extend(std::iter::repeat_n('0', length));
        std::hint::black_box(&text);
        key.map(Self).map_err(|_| KeyError::NotAKey { path: path.to_owned(), kind: "private" })
    }

    /// The key, for signing.
    pub const fn signing_key(&self) -> &SigningKey {
        &self.0
    }

    /// Its public half.
    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// Its name: digest of the public half's 32 bytes, as marks carry it.
    pub fn id(&self) -> Digest {
        key_id(&self.public())
    }

    /// Its public half as PEM.
    pub fn public_pem(&self) -> String {
        self.public().to_public_key_pem(LineEnding::LF).expect("an Ed25519 key always encodes")
    }
}

/// Reads a public key file.
///
/// # Errors
/// [`KeyError::NotAKey`], or a file error.
pub fn load_public(path: &Path) -> Result<VerifyingKey, KeyError> {
    let error = |source| KeyError::File { path: path.to_owned(), doing: "read", source };
    let text = read_text(File::open(path).map_err(error)?).map_err(error)?;
    VerifyingKey::from_public_key_pem(&text)
        .map_err(|_| KeyError::NotAKey { path: path.to_owned(), kind: "public" })
}

fn read_text(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes a file that must not exist, with its permissions from the first instant; a failed write leaves none.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let error = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::File { path: path.to_owned(), doing: "write", source },
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    with_mode(&mut options, mode);
    let mut file = options.open(path).map_err(error)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| {
        let _ = fs::remove_file(path); // the first failure is the one to report
        error(source)
    })
}

#[cfg(unix)]
fn with_mode(options: &mut OpenOptions, mode: u32) {
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
}

/// Elsewhere a new file has its folder's access rules.
#[cfg(not(unix))]
fn with_mode(_options: &mut OpenOptions, _mode: u32) {}

#[cfg(unix)]
fn permission_bits(file: &File) -> io::Result<u32> {
    let metadata = file.metadata()?;
    Ok(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

/// Elsewhere there are no such bits to ask for.
#[cfg(not(unix))]
fn permission_bits(_file: &File) -> io::Result<u32> {
    Ok(0o600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_for_its_owner_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewer.key");
        let key = Key::create(&path).unwrap();
        assert!(matches!(Key::create(&path), Err(KeyError::Exists { .. })));
        let loaded = Key::load(&path).unwrap();
        assert_eq!((loaded.id(), loaded.public()), (key.id(), load_public(&public_path(&path)).unwrap()));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(!fs::read_to_string(public_path(&path)).unwrap().contains("PRIVATE"));
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id().short()));
        let other = Key::create(&folder.path().join("other.key")).unwrap();
        assert_ne!(other.id(), key.id());
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_others_can_read_is_refused_with_a_hint() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewer.key");
        Key::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = Key::load(&path).unwrap_err();
            assert!(matches!(error, KeyError::ReadableByOthers { mode: found, .. } if found == mode));
            assert!(error.hint().contains("chmod 600"));
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        write_new(&path, b"-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n", 0o600)
            .unwrap();
        let error = Key::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::NotAKey { kind: "private", .. }));
        assert!(!format!("{error} {error:?}").contains("SECRETSECRET"));
        assert!(matches!(load_public(&path), Err(KeyError::NotAKey { kind: "public", .. })));
        assert!(matches!(Key::load(&folder.path().join("none")), Err(KeyError::File { .. })));
    }
}
