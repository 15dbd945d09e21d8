//! Code, and the images made from it.
//!
//! What a client deploys is kept as it came, in a file named by its SHA-256. From it an *image* is made once: checked,
//! unpacked, its classes rewritten so that they can be stopped, indexed, ready to be mapped. The image is a cache: it
//! depends on the JDK's major version (multi-release jars), and one that is missing is made again. Files are written beside their place and renamed, so a crash leaves a
//! whole file or none.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

use memmap2::Mmap;
use sha2::{Digest, Sha256};

use crate::{
    config::jdk::{Jdk, MAJOR_MAX, MAJOR_MIN},
    model::Code,
};

use super::{
    Store, StoreError, jar, javac,
    mapped::{Bytes, Mark},
    rewrite::{self, Rewrite},
};

/// What a mapping takes at least.
const PAGE_BYTES: u64 = 4096;
/// How much of an image is read at a time to be checked.
const READ_BYTES: usize = 64 << 10;
const MAGIC: &[u8; 4] = b"FLKI";
/// Of the layout and of what is done to classes and looked for in them; the same as VERSION of the shim, Image.java. An image of another one is made anew.
const FORMAT: u32 = 8;
/// The checksum of the name of the file, which says of what code and for which JDK it is, and of all that is in it before.
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
    /// What source is compiled against: gson, the types of conventions, and what calls other actions.
    pub class_path: Vec<PathBuf>,
    /// What rewrites classes.
    pub rewriter: Arc<dyn Rewrite>,
}

impl Store {
    /// Keeps code and makes its image. Blocks: to be called off the async threads. Nothing is left behind on an error.
    pub fn keep_code(&self, maker: &Maker, bytes: &[u8], binary: bool) -> Result<Code, ImageError> {
        let digest = hex(&Sha256::digest(bytes));
        let code = Code { digest, binary };
        let (path, image) = (self.code_path(&code.digest), self.image_path(&code.digest, maker));
        if self.open_image(&image)?.is_none() {
            self.make_image(maker, &code, bytes)?;
        }
        // What is there may be damaged; this is how it is healed.
        if fs::read(&path).ok().as_deref() != Some(bytes) {
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

    /// About how many bytes [`Store::write_code`] will write.
    pub fn code_text_bytes(&self, code: &Code) -> Result<usize, ImageError> {
        let path = self.code_path(&code.digest);
        let file = fs::metadata(path).ok().filter(fs::Metadata::is_file);
        let file = file.ok_or_else(|| ImageError::Missing(code.digest.clone()))?;
        let bytes = usize::try_from(file.len()).unwrap_or(usize::MAX);
        // A source has signs that JSON writes in two.
        Ok(if code.binary { bytes.div_ceil(3).saturating_mul(4) } else { bytes.saturating_mul(2) })
    }

    /// Writes the text of `exec.code` as JSON: base64 of a jar, or the source. Of a jar there is no copy besides. Blocks.
    pub fn write_code(&self, code: &Code, out: &mut Vec<u8>) -> Result<(), ImageError> {
        use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};
        if !code.binary {
            let bytes = self.read_code(&code.digest)?;
            let text = String::from_utf8_lossy(&bytes);
            return Ok(serde_json::to_writer(out, &text).map_err(std::io::Error::from)?);
        }
        let path = self.code_path(&code.digest);
        let mut file = File::open(path).map_err(|_| ImageError::Missing(code.digest.clone()))?;
        out.push(b'"');
        let mut encoder = EncoderWriter::new(&mut *out, &STANDARD);
        std::io::copy(&mut file, &mut encoder)?;
        encoder.finish()?;
        drop(encoder);
        out.push(b'"');
        Ok(())
    }

    /// Is what was deployed there, and can it run? Blocks.
    pub fn check_code(&self, maker: &Maker, code: &Code) -> Result<(), ImageError> {
        if !self.keeps_code(code) {
            return Err(ImageError::Missing(code.digest.clone()));
        }
        match self.whole_image(maker, code)? {
            Some(_) => Ok(()),
            None => self.read_whole_code(code).map(drop),
        }
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
        self.image_mark(maker, code).is_some()
    }

    /// Which file the image of this code is, if it is made.
    pub fn image_mark(&self, maker: &Maker, code: &Code) -> Option<Mark> {
        let found = fs::metadata(self.image_path(&code.digest, maker)).ok()?;
        found.is_file().then(|| Mark::of(&found))
    }

    /// The image of this code; none: it is missing or damaged. A large one takes time to check.
    pub fn whole_image(&self, maker: &Maker, code: &Code) -> Result<Option<Bytes>, ImageError> {
        Ok(self.open_image(&self.image_path(&code.digest, maker))?)
    }

    /// Images that were made since the start.
    pub fn images_made(&self) -> u64 {
        self.images_made.load(Ordering::Relaxed)
    }

    /// Maps the image of this code, making it first if it is missing or damaged. Blocks.
    pub fn map_image(&self, maker: &Maker, code: &Code) -> Result<Bytes, ImageError> {
        if let Some(image) = self.whole_image(maker, code)? {
            return Ok(image);
        }
        self.make_image_again(maker, code)?;
        self.whole_image(maker, code)?.ok_or_else(|| {
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
        let bytes = self.read_whole_code(code)?;
        self.make_image(maker, code, &bytes)
    }

    fn read_whole_code(&self, code: &Code) -> Result<Vec<u8>, ImageError> {
        let bytes = self.read_code(&code.digest)?;
        if hex(&Sha256::digest(&bytes)) == code.digest {
            Ok(bytes)
        } else {
            Err(ImageError::Damaged(code.digest.clone()))
        }
    }

    fn make_image(&self, maker: &Maker, code: &Code, bytes: &[u8]) -> Result<(), ImageError> {
        let mut entries = if code.binary {
            jar::unpack(bytes, maker.jdk.major)?
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
        let path = self.image_path(&code.digest, maker);
        let image = lay_out(&entries, &path)?;
        maker.rewriter.check_ancestry(&image)?;
        self.images_made.fetch_add(1, Ordering::Relaxed);
        place(&path, &image)
    }

    /// An image, read when it is small and mapped when it is not. None: it is missing or damaged.
    fn open_image(&self, path: &Path) -> std::io::Result<Option<Bytes>> {
        let image = match File::open(path) {
            Ok(mut file) => self.checked(path, &mut file),
            Err(error) => Err(error),
        };
        match image {
            Err(error) if is_of_the_file(&error) => Ok(None),
            Ok(None) => {
                tracing::warn!(image = %path.display(), "the image of an action's code is damaged; it is made again");
                Ok(None)
            }
            other => other,
        }
    }

    fn checked(&self, path: &Path, file: &mut File) -> std::io::Result<Option<Bytes>> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        if metadata.len() < PAGE_BYTES {
            // A mapping takes whole pages: of a small image a copy takes less.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let is_right =
                is_whole(&bytes) && has_its_checksum(path, &mut bytes.as_slice(), bytes.len() as u64)?;
            return Ok(if is_right { Some(Arc::new(bytes)) } else { None });
        }
        let mark = Mark::of(&metadata);
        if let Some(bytes) = self.mapped.get(path, mark) {
            return Ok(Some(bytes));
        }
        let map = map_file(file)?;
        // Read beside the mapping, so that pages which are never used are not in memory for it.
        if !is_whole(&map) || !has_its_checksum(path, file, map.len() as u64)? {
            return Ok(None);
        }
        let bytes: Bytes = Arc::new(map);
        self.mapped.put(path, mark, &bytes);
        Ok(Some(bytes))
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

/// Does the error mean that the file itself is no image? A host that has no more descriptors or memory says nothing of it.
fn is_of_the_file(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotFound, PermissionDenied, UnexpectedEof};
    matches!(error.kind(), NotFound | PermissionDenied | UnexpectedEof)
}

/// The digest of the code that a file of this name belongs to.
fn digest_of(name: &str) -> &str {
    name.split(['.', '-']).next().unwrap_or_default()
}

fn is_of_other_format(name: &str) -> bool {
    name.ends_with(".image") && !name.ends_with(&format!("-{FORMAT}.image"))
}

/// The image: header, index, content (see the shim's own description of the format), for this place alone.
fn lay_out(entries: &BTreeMap<String, Vec<u8>>, path: &Path) -> Result<Vec<u8>, ImageError> {
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
    let mut hasher = named(path);
    hasher.update(&out);
    out.extend_from_slice(&hasher.finalize().to_be_bytes());
    Ok(out)
}

/// What a checksum begins with: an image that was put in the place of another one is damage, too.
fn named(path: &Path) -> crc32fast::Hasher {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
    hasher
}

/// Does what is read end with the checksum of the name and of what is before?
fn has_its_checksum(path: &Path, image: &mut impl Read, bytes: u64) -> std::io::Result<bool> {
    let mut hasher = named(path);
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
        if path.is_dir() {
            // Not of this host, and in the way.
            fs::remove_dir_all(path)?;
        }
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

    #[test]
    fn an_image_holds_every_entry_and_shows_damage() -> Result<(), ImageError> {
        let entries =
            BTreeMap::from([("a/B.class".to_owned(), b"xyz".to_vec()), ("r.txt".to_owned(), Vec::new())]);
        let image = lay_out(&entries, Path::new("a"))?;
        assert!(is_whole(&image));
        assert!(image[..image.len() - CHECKSUM_BYTES].ends_with(b"xyz"));
        assert!(!is_whole(&image[..image.len() - 1]));
        assert!(!is_whole(b"FLKI"));
        Ok(())
    }

    #[test]
    fn every_changed_byte_is_seen() -> Result<(), ImageError> {
        let content = vec![7; READ_BYTES + 100];
        let image = lay_out(&BTreeMap::from([("big".to_owned(), content)]), Path::new("a"))?;
        let is_right =
            |image: &[u8]| has_its_checksum(Path::new("folder/a"), &mut &*image, image.len() as u64);
        assert!(is_right(&image)?);
        assert!(
            !has_its_checksum(Path::new("folder/b"), &mut &*image, image.len() as u64)?,
            "it is another's"
        );
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
        let mut old = lay_out(&BTreeMap::new(), Path::new("a")).expect("an empty image");
        assert!(is_whole(&old));
        old[7] = 1;
        assert!(!is_whole(&old));
    }
}
