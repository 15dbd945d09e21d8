//! What changes the classes of a function when its image is made.
//!
//! A trait, so that the store is tested without a JVM. The JVM's side is `flock.shim.rewrite`.

use std::{collections::BTreeMap, fmt::Debug};

use flock_jvm::{
    Vm,
    rewrite::{self, RewriteError},
};

use super::images::ImageError;

/// Rewrites class files, one at a time.
pub trait Rewrite: Debug + Send + Sync {
    /// The class file as it is to be kept; none: as it came.
    fn rewrite(&self, class_file: &[u8]) -> Result<Option<Vec<u8>>, RewriteError>;

    /// Refuses an image with a class that the JVM must not be given, for what is above it.
    fn check_ancestry(&self, image: &[u8]) -> Result<(), RewriteError>;
}

impl Rewrite for Vm {
    fn rewrite(&self, class_file: &[u8]) -> Result<Option<Vec<u8>>, RewriteError> {
        rewrite::rewrite(self, class_file)
    }

    fn check_ancestry(&self, image: &[u8]) -> Result<(), RewriteError> {
        rewrite::check_ancestry(self, image)
    }
}

/// Rewrites every class among these entries, wherever it is.
pub(super) fn classes(
    rewriter: &dyn Rewrite,
    entries: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), ImageError> {
    for (name, content) in entries {
        if !name.ends_with(".class") {
            continue;
        }
        if let Some(rewritten) = rewriter.rewrite(content)? {
            *content = rewritten;
        }
    }
    Ok(())
}

impl From<RewriteError> for ImageError {
    fn from(error: RewriteError) -> Self {
        match error {
            RewriteError::Refused(why) => Self::Refused(why),
            RewriteError::Jvm(error) => Self::File(std::io::Error::other(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Reverse;

    impl Rewrite for Reverse {
        fn rewrite(&self, class_file: &[u8]) -> Result<Option<Vec<u8>>, RewriteError> {
            match class_file {
                b"large" => Err(RewriteError::Refused("class large".to_owned())),
                b"plain" => Ok(None),
                other => Ok(Some(other.iter().rev().copied().collect())),
            }
        }

        fn check_ancestry(&self, _image: &[u8]) -> Result<(), RewriteError> {
            Ok(())
        }
    }

    fn rewritten(entries: &[(&str, &str)]) -> Result<Vec<(String, String)>, ImageError> {
        let mut all = entries.iter().map(|(n, c)| ((*n).to_owned(), c.as_bytes().to_vec())).collect();
        classes(&Reverse, &mut all)?;
        Ok(all.into_iter().map(|(n, c)| (n, String::from_utf8_lossy(&c).into_owned())).collect())
    }

    #[test]
    fn classes_are_rewritten_wherever_they_are_and_nothing_else() -> Result<(), ImageError> {
        let entries = [
            ("A.class", "abc"),
            ("META-INF/versions/21/A.class", "xyz"),
            ("p/B.class", "plain"),
            ("t.txt", "abc"),
        ];
        let got = rewritten(&entries)?;
        let contents: Vec<&str> = got.iter().map(|(_, content)| content.as_str()).collect();
        assert_eq!(contents, ["cba", "zyx", "plain", "abc"]);
        Ok(())
    }

    #[test]
    fn a_class_without_room_refuses_the_code() {
        let error = rewritten(&[("A.class", "large")]).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("the jar is refused: class large"));
    }
}
