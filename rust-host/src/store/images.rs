//! Code, and the images made from it.
//!
//! What a client deploys is kept as it came, in a file named by its SHA-256. From it an *image* is made once: checked,
//! unpacked, its classes rewritten so that they can be stopped, indexed, ready to be mapped. The image is a cache: it
//! depends on the JDK's major version (multi-release jars), and one that is missing is made again. Files are written beside their place and renamed, so a crash leaves a
//! whole file or none.
//!
//! A jar is not trusted: its size, its number of entries and its names are bounded before anything is unpacked.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File},
    io::{Cursor, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::Mmap;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::{
    config::jdk::{Jdk, MAJOR_MAX, MAJOR_MIN},
    model::Code,
};

use super::{
    Store, StoreError, javac,
    rewrite::{self, Rewrite},
};

/// Most entries of a jar.
pub const ENTRIES_MAX: usize = 65_535;
/// Most bytes of a jar's content.
pub const UNPACKED_MAX_BYTES: u64 = 512 << 20;
/// What a mapping takes at least.
const PAGE_BYTES: u64 = 4096;
/// How much of an image is read at a time to be checked.
const READ_BYTES: usize = 64 << 10;
/// Longest name of an entry.
const NAME_MAX_BYTES: usize = 4096;
const MAGIC: &[u8; 4] = b"FLKI";
/// Of the layout and of what the rewriter does; the same as VERSION of the shim, Image.java. An image of another one is made anew.
const FORMAT: u32 = 5;
/// The checksum of all before it, at the end of an image.
const CHECKSUM_BYTES: usize = 4;

/// Why code is refused.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// No jar.
    #[error("the code is not a jar: {0}")]
    NotAJar(String),
    /// A jar that breaks a bound.
    #[error("the jar is refused: {0}")]
    Refused(String),
    /// The compiler's words.
    #[error("the source does not compile:\n{0}")]
    Compile(String),
    /// There is no compiler.
    #[error("the code is Java source, but the JDK at {} has no compiler (bin/javac); deploy a jar", .0.display())]
    NoCompiler(PathBuf),
    /// The code of an action is gone.
    #[error("the code {0} is missing from the data directory")]
    Missing(String),
    /// It is not what was deployed.
    #[error("the code {0} in the data directory is damaged; deploy the action again")]
    Damaged(String),
    /// A file cannot be read or written.
    #[error("the image of the code cannot be made or read: {0}")]
    File(#[from] std::io::Error),
}

/// What makes images: the JDK, the types that functions see, and what rewrites their classes.
#[derive(Debug, Clone)]
pub struct Maker {
    /// The JDK.
    pub jdk: Jdk,
    /// What source is compiled against: gson and the types of conventions.
    pub class_path: Vec<PathBuf>,
    /// What rewrites classes.
    pub rewriter: Arc<dyn Rewrite>,
}

impl Store {
    /// Keeps code and makes its image. Blocks: to be called off the async threads. Nothing is left behind on an error.
    pub fn keep_code(&self, maker: &Maker, bytes: &[u8], binary: bool) -> Result<Code, ImageError> {
        let digest = hex(&Sha256::digest(bytes));
        let code = Code { digest, binary };
        let path = self.code_path(&code.digest);
        if !self.image_path(&code.digest, maker).is_file() {
            self.make_image(maker, &code, bytes)?;
        }
        if !path.is_file() {
            place(&path, bytes)?;
        }
        Ok(code)
    }

    /// Keeps a jar that comes with the host; its image is made when it is called first.
    pub fn keep_code_only(&self, bytes: &[u8]) -> Result<Code, ImageError> {
        let code = Code { digest: hex(&Sha256::digest(bytes)), binary: true };
        let path = self.code_path(&code.digest);
        if !path.is_file() {
            place(&path, bytes)?;
        }
        Ok(code)
    }

    /// The text of `exec.code`: base64 of a jar, or the source.
    pub fn code_text(&self, code: &Code) -> Result<String, ImageError> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = self.read_code(&code.digest)?;
        Ok(if code.binary { STANDARD.encode(bytes) } else { String::from_utf8_lossy(&bytes).into_owned() })
    }

    /// Are this code and its image there?
    pub fn has_code(&self, maker: &Maker, code: &Code) -> bool {
        self.keeps_code(code) && self.has_image(maker, code)
    }

    /// Is this code kept, whether or not its image is made for the running JDK?
    pub fn keeps_code(&self, code: &Code) -> bool {
        self.code_path(&code.digest).is_file()
    }

    /// Is the image of this code made?
    pub fn has_image(&self, maker: &Maker, code: &Code) -> bool {
        self.image_path(&code.digest, maker).is_file()
    }

    /// Maps the image of this code, making it first if it is missing. Blocks.
    pub fn map_image(
        &self,
        maker: &Maker,
        code: &Code,
    ) -> Result<Arc<dyn AsRef<[u8]> + Send + Sync>, ImageError> {
        let path = self.image_path(&code.digest, maker);
        if !path.is_file() {
            self.make_image_again(maker, code)?;
        }
        if let Some(image) = open_image(&path)? {
            return Ok(image);
        }
        tracing::warn!(digest = code.digest, "the image of an action's code is damaged; it is made again");
        fs::remove_file(&path)?;
        self.make_image_again(maker, code)?;
        open_image(&path)?.ok_or_else(|| {
            ImageError::File(std::io::Error::other("the image is damaged as soon as it is written"))
        })
    }

    /// Deletes code that no action uses any more. What a former version still uses is deleted later, by
    /// [`Store::drop_unused_code`].
    pub fn drop_code(&self, digest: &str) {
        if self.uses_code(digest) {
            super::lock(&self.unused_code).insert(digest.to_owned());
            return;
        }
        for path in self.files_of(digest) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, digest, "unused code was not deleted");
                }
                _ => {}
            }
        }
    }

    /// Tries again to delete the code that was in use when it should have gone. No action may be written meanwhile.
    pub fn drop_unused_code(&self) {
        // A statement of its own, so that the lock is free again when `drop_code` takes it.
        let unused = std::mem::take(&mut *super::lock(&self.unused_code));
        for digest in unused {
            self.drop_code(&digest);
        }
    }

    /// Deletes what a crash may have left (partial files, work folders, code without an action) and images of other
    /// formats.
    pub(super) fn sweep_code(&self) -> Result<(), StoreError> {
        let folder = self.code_folder();
        super::make_private_folder(&folder)?;
        let used = self.used_code();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let digest = digest_of(&name);
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())
            } else if name.ends_with(".partial") || is_of_other_format(&name) || !used.contains(digest) {
                fs::remove_file(entry.path())
            } else {
                Ok(())
            };
            removed?;
        }
        Ok(())
    }

    fn make_image_again(&self, maker: &Maker, code: &Code) -> Result<(), ImageError> {
        let bytes = self.read_code(&code.digest)?;
        if hex(&Sha256::digest(&bytes)) != code.digest {
            return Err(ImageError::Damaged(code.digest.clone()));
        }
        self.make_image(maker, code, &bytes)
    }

    fn make_image(&self, maker: &Maker, code: &Code, bytes: &[u8]) -> Result<(), ImageError> {
        let mut entries = if code.binary {
            unpack(bytes, maker.jdk.major)?
        } else {
            let source = std::str::from_utf8(bytes)
                .map_err(|_| ImageError::Refused("the source is not UTF-8".to_owned()))?;
            let work =
                self.code_folder().join(format!("{}-{}.work", code.digest, uuid::Uuid::new_v4().simple()));
            let classes = javac::compile(&maker.jdk, &maker.class_path, source, &work);
            // The folder is for this compilation alone; a start sweeps what could not be removed.
            let _ = fs::remove_dir_all(&work);
            classes?.into_iter().collect()
        };
        rewrite::classes(&*maker.rewriter, &mut entries)?;
        place(&self.image_path(&code.digest, maker), &lay_out(&entries)?)
    }

    fn code_folder(&self) -> PathBuf {
        self.folder.join("code")
    }

    fn code_path(&self, digest: &str) -> PathBuf {
        self.code_folder().join(digest)
    }

    fn image_path(&self, digest: &str, maker: &Maker) -> PathBuf {
        self.image_path_of(digest, maker.jdk.major)
    }

    fn image_path_of(&self, digest: &str, major: u32) -> PathBuf {
        self.code_folder().join(format!("{digest}-{major}-{FORMAT}.image"))
    }

    /// Where the code and its images may be. By their names: the folder has two files for each of thousands of actions.
    fn files_of(&self, digest: &str) -> impl Iterator<Item = PathBuf> {
        let images = (MAJOR_MIN..=MAJOR_MAX).map(|major| self.image_path_of(digest, major));
        std::iter::once(self.code_path(digest)).chain(images)
    }

    fn read_code(&self, digest: &str) -> Result<Vec<u8>, ImageError> {
        fs::read(self.code_path(digest)).map_err(|_| ImageError::Missing(digest.to_owned()))
    }
}

/// The digest of the code that a file of this name belongs to.
fn digest_of(name: &str) -> &str {
    name.split(['.', '-']).next().unwrap_or_default()
}

fn is_of_other_format(name: &str) -> bool {
    name.ends_with(".image") && !name.ends_with(&format!("-{FORMAT}.image"))
}

/// The entries of a jar, checked; those of the running Java version in place of the base ones.
fn unpack(bytes: &[u8], major: u32) -> Result<BTreeMap<String, Vec<u8>>, ImageError> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| ImageError::NotAJar(error.to_string()))?;
    if archive.len() > ENTRIES_MAX {
        return Err(ImageError::Refused(format!(
            "it has {} entries, the limit is {ENTRIES_MAX}",
            archive.len()
        )));
    }
    if let Some(declared) = declared_entries(bytes)
        && declared != archive.len()
    {
        return Err(ImageError::Refused(format!(
            "it declares {declared} entries but has {} names: an entry stands twice",
            archive.len()
        )));
    }
    let mut budget = UNPACKED_MAX_BYTES;
    let mut entries = BTreeMap::new();
    let mut seen = HashSet::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| ImageError::NotAJar(error.to_string()))?;
        let raw = entry.name().map_err(|error| ImageError::Refused(error.to_string()))?.into_owned();
        let name = checked_name(&raw)?;
        if entry.is_dir() || is_signature(&name) {
            continue;
        }
        if !seen.insert(name.clone()) {
            return Err(ImageError::Refused(format!("the entry `{name}` stands twice")));
        }
        let mut content = Vec::new();
        let limit = budget.saturating_add(1);
        entry
            .by_ref()
            .take(limit)
            .read_to_end(&mut content)
            .map_err(|error| ImageError::Refused(format!("the entry `{name}` is damaged: {error}")))?;
        budget = budget.checked_sub(content.len() as u64).ok_or_else(|| {
            ImageError::Refused(format!("its content is larger than {UNPACKED_MAX_BYTES} bytes"))
        })?;
        entries.insert(name, content);
    }
    Ok(of_version(entries, major))
}

/// The number of entries that the end of the archive declares, where it is not a zip64 one.
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    const SIGNATURE: [u8; 4] = [0x50, 0x4b, 0x05, 0x06];
    let tail = &bytes[bytes.len().saturating_sub(22 + 65_535)..];
    let at = tail.windows(4).rposition(|window| window == SIGNATURE)?;
    let count = tail.get(at + 10..at + 12)?;
    match u16::from_le_bytes([count[0], count[1]]) {
        u16::MAX => None,
        count => Some(usize::from(count)),
    }
}

fn checked_name(name: &str) -> Result<String, ImageError> {
    let refuse = |why: &str| {
        let shown: String = name.chars().take(200).collect();
        Err(ImageError::Refused(format!("the name of the entry {shown:?} {why}")))
    };
    if name.len() > NAME_MAX_BYTES {
        return refuse(&format!("is longer than {NAME_MAX_BYTES} bytes"));
    }
    if name.is_empty() || name.starts_with('/') || name.contains(['\\', '\0']) {
        return refuse("is no relative path");
    }
    if name.split('/').any(|part| part == "..") {
        return refuse("leads out of the jar");
    }
    Ok(name.to_owned())
}

/// Signatures of a jar say nothing once its classes are taken out of it.
fn is_signature(name: &str) -> bool {
    name.strip_prefix("META-INF/").is_some_and(|rest| {
        !rest.contains('/')
            && [".SF", ".RSA", ".DSA", ".EC"].iter().any(|end| rest.to_uppercase().ends_with(end))
    })
}

/// Of a multi-release jar: the newest entries that the running Java may use, under their plain names.
fn of_version(entries: BTreeMap<String, Vec<u8>>, major: u32) -> BTreeMap<String, Vec<u8>> {
    let multi = entries.get("META-INF/MANIFEST.MF").is_some_and(|manifest| {
        String::from_utf8_lossy(manifest).lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("Multi-Release") && value.trim().eq_ignore_ascii_case("true")
            })
        })
    });
    if !multi {
        return entries;
    }
    let mut versioned: BTreeMap<u32, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    let mut plain = BTreeMap::new();
    for (name, content) in entries {
        let parts = name
            .strip_prefix("META-INF/versions/")
            .and_then(|rest| rest.split_once('/'))
            .and_then(|(version, rest)| Some((version.parse::<u32>().ok()?, rest.to_owned())));
        match parts {
            Some((version, rest)) if (9..=major).contains(&version) => {
                versioned.entry(version).or_default().push((rest, content));
            }
            Some(_) => {}
            None => {
                plain.insert(name, content);
            }
        }
    }
    plain.extend(versioned.into_values().flatten());
    plain
}

/// The image: header, index, content (see the shim's own description of the format).
fn lay_out(entries: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ImageError> {
    let header = 12 + entries.keys().map(|name| 2 + name.len() + 12).sum::<usize>();
    let total = header + entries.values().map(Vec::len).sum::<usize>();
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&FORMAT.to_be_bytes());
    out.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    let mut at = header as u64;
    for (name, content) in entries {
        let length =
            u16::try_from(name.len()).map_err(|_| ImageError::Refused("a name is too long".to_owned()))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&at.to_be_bytes());
        out.extend_from_slice(&(content.len() as u32).to_be_bytes());
        at += content.len() as u64;
    }
    for content in entries.values() {
        out.extend_from_slice(content);
    }
    out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
    Ok(out)
}

/// An image, read when it is small and mapped when it is not. None: it is damaged.
fn open_image(path: &Path) -> std::io::Result<Option<Arc<dyn AsRef<[u8]> + Send + Sync>>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() < PAGE_BYTES {
        // A mapping takes whole pages: of a small image a copy takes less.
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let is_right = is_whole(&bytes) && has_its_checksum(&mut bytes.as_slice(), bytes.len() as u64)?;
        return Ok(if is_right { Some(Arc::new(bytes)) } else { None });
    }
    let map = map_file(&file)?;
    // Read beside the mapping, so that pages which are never used are not in memory for it.
    let is_right = is_whole(&map) && has_its_checksum(&mut file, map.len() as u64)?;
    Ok(if is_right { Some(Arc::new(map)) } else { None })
}

/// Does what is read end with the checksum of what is before?
fn has_its_checksum(image: &mut impl Read, bytes: u64) -> std::io::Result<bool> {
    let mut hasher = crc32fast::Hasher::new();
    let mut left = bytes.saturating_sub(CHECKSUM_BYTES as u64);
    let mut block = vec![0; READ_BYTES.min(usize::try_from(left).unwrap_or(READ_BYTES))];
    while left > 0 {
        let part = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        image.read_exact(&mut block[..part])?;
        hasher.update(&block[..part]);
        left -= part as u64;
    }
    let mut checksum = [0; CHECKSUM_BYTES];
    image.read_exact(&mut checksum)?;
    Ok(checksum == hasher.finalize().to_be_bytes())
}

/// Is this an image, with all of its bytes there?
fn is_whole(bytes: &[u8]) -> bool {
    let number = |at: usize, length: usize| {
        let part = bytes.get(at..at.checked_add(length)?)?;
        Some(part.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let walk = || -> Option<bool> {
        if bytes.get(..4)? != MAGIC || number(4, 4)? != u64::from(FORMAT) {
            return None;
        }
        let mut at = 12;
        let mut end = 0;
        for _ in 0..number(8, 4)? {
            let name = usize::try_from(number(at, 2)?).ok()?;
            let entry = at + 2 + name;
            end = end.max(number(entry, 8)? + number(entry + 8, 4)?);
            at = entry + 12;
        }
        Some(end.max(at as u64) + CHECKSUM_BYTES as u64 == bytes.len() as u64)
    };
    walk().unwrap_or(false)
}

/// Maps a file of the store. Files there are only ever replaced as a whole, by a rename.
fn map_file(file: &File) -> std::io::Result<Mmap> {
    flock_jvm::map::read_only(file)
}

fn place(path: &Path, bytes: &[u8]) -> Result<(), ImageError> {
    let partial = path.with_extension(format!("{}.partial", uuid::Uuid::new_v4().simple()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&partial, path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&partial);
    })?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).expect("a name");
            writer.write_all(content).expect("memory");
        }
        writer.finish().expect("memory").into_inner()
    }

    #[test]
    fn an_image_holds_every_entry_and_shows_damage() -> Result<(), ImageError> {
        let entries = unpack(&jar(&[("a/B.class", b"xyz"), ("META-INF/S.SF", b"no"), ("r.txt", b"")]), 17)?;
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["a/B.class", "r.txt"]);
        let image = lay_out(&entries)?;
        assert!(is_whole(&image));
        assert!(image[..image.len() - CHECKSUM_BYTES].ends_with(b"xyz"));
        assert!(!is_whole(&image[..image.len() - 1]));
        assert!(!is_whole(b"FLKI"));
        Ok(())
    }

    #[test]
    fn every_changed_byte_is_seen() -> Result<(), ImageError> {
        let content = vec![7; READ_BYTES + 100];
        let image = lay_out(&BTreeMap::from([("big".to_owned(), content)]))?;
        let is_right = |image: &[u8]| has_its_checksum(&mut &*image, image.len() as u64);
        assert!(is_right(&image)?);
        for at in [0, 20, READ_BYTES - 1, READ_BYTES, image.len() - CHECKSUM_BYTES - 1, image.len() - 1] {
            let mut damaged = image.clone();
            damaged[at] ^= 1;
            assert!(!is_right(&damaged)?, "{at}");
        }
        Ok(())
    }

    #[test]
    fn images_of_other_formats_are_known() {
        assert!(is_of_other_format("0a1b-17-1.image"));
        assert!(!is_of_other_format(&format!("0a1b-17-{FORMAT}.image")));
        assert!(!is_of_other_format("0a1b"));
        let mut old = lay_out(&BTreeMap::new()).expect("an empty image");
        assert!(is_whole(&old));
        old[7] = 1;
        assert!(!is_whole(&old));
    }

    #[test]
    fn hostile_jars_are_refused() {
        let refused =
            |bytes: &[u8]| unpack(bytes, 17).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused(b"hello").contains("not a jar"));
        assert!(refused(&jar(&[("../x", b"")])).contains("leads out"));
        assert!(refused(&jar(&[("/x", b"")])).contains("relative"));
        let mut cut = jar(&[("a", &[7; 1000])]);
        cut.truncate(cut.len() / 2);
        assert!(!refused(&cut).is_empty());
    }

    #[test]
    fn the_newest_usable_release_wins() {
        let entries = BTreeMap::from([
            ("META-INF/MANIFEST.MF".to_owned(), b"Multi-Release: true\r\n".to_vec()),
            ("A.class".to_owned(), b"8".to_vec()),
            ("META-INF/versions/11/A.class".to_owned(), b"11".to_vec()),
            ("META-INF/versions/21/A.class".to_owned(), b"21".to_vec()),
        ]);
        assert_eq!(of_version(entries.clone(), 17)["A.class"], b"11");
        assert_eq!(of_version(entries.clone(), 25)["A.class"], b"21");
        assert!(!of_version(entries, 25).keys().any(|name| name.contains("versions")));
    }
}
