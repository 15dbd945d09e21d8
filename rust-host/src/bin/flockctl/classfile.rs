//! Reads from a class file what is needed to find an action's main: the class, what it extends, its methods.
//!
//! The layout is the Java Virtual Machine Specification's chapter 4. Everything else in the file
//! is stepped over. Each read is bounded by the slice, so a cut or false file gives `Malformed`
//! and never a panic. A constant pool tag that is not known is an error too: its size is unknown.

use thiserror::Error;

pub(crate) const ACC_PUBLIC: u16 = 0x0001;
pub(crate) const ACC_STATIC: u16 = 0x0008;
pub(crate) const ACC_BRIDGE: u16 = 0x0040;
const ACC_INTERFACE: u16 = 0x0200;
const ACC_ABSTRACT: u16 = 0x0400;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClassFile {
    /// With dots, as `main` wants it.
    pub(crate) name: String,
    access: u16,
    /// The parent class and the interfaces, with dots.
    pub(crate) parents: Vec<String>,
    pub(crate) methods: Vec<Method>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) access: u16,
    pub(crate) name: String,
    pub(crate) descriptor: String,
}

#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Malformed {
    #[error("the file ends too early")]
    Truncated,
    #[error("this is not a class file")]
    Magic,
    #[error("constant pool tag {0} is unknown")]
    Tag(u8),
    #[error("constant {0} is not what it should be")]
    Constant(u16),
}

/// A constant, as far as class and method names need it.
enum Constant {
    Text(String),
    Class { name_index: u16 },
    Other,
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn u1(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    fn u2(&mut self) -> Result<u16, Malformed> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u4(&mut self) -> Result<u32, Malformed> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn skip_attributes(&mut self) -> Result<(), Malformed> {
        for _ in 0..self.u2()? {
            self.u2()?;
            let length = self.u4()?;
            self.take(length as usize)?;
        }
        Ok(())
    }
}

impl ClassFile {
    pub(crate) fn parse(bytes: &[u8]) -> Result<ClassFile, Malformed> {
        let mut reader = Reader { rest: bytes };
        if reader.u4()? != 0xCAFE_BABE {
            return Err(Malformed::Magic);
        }
        reader.take(4)?; // minor and major version
        let pool = Pool::read(&mut reader)?;
        let class_access = reader.u2()?; // it need not be public
        let name = pool.class_name(reader.u2()?)?.replace('/', ".");
        let mut parents = Vec::new();
        // Only Object and module descriptors have no parent.
        match reader.u2()? {
            0 => {}
            parent => parents.push(pool.class_name(parent)?.replace('/', ".")),
        }
        for _ in 0..reader.u2()? {
            parents.push(pool.class_name(reader.u2()?)?.replace('/', "."));
        }
        for _ in 0..reader.u2()? {
            reader.take(6)?; // a field: access, name, descriptor
            reader.skip_attributes()?;
        }
        let mut methods = Vec::new();
        for _ in 0..reader.u2()? {
            let access = reader.u2()?;
            let name = pool.text(reader.u2()?)?.to_owned();
            let descriptor = pool.text(reader.u2()?)?.to_owned();
            reader.skip_attributes()?;
            methods.push(Method { access, name, descriptor });
        }
        Ok(ClassFile { name, access: class_access, parents, methods })
    }

    /// Can objects of it be made?
    pub(crate) fn is_concrete(&self) -> bool {
        self.access & (ACC_INTERFACE | ACC_ABSTRACT) == 0
    }

    pub(crate) fn is_public(&self) -> bool {
        self.access & ACC_PUBLIC != 0
    }
}

struct Pool {
    /// Index 0 is unused, as in the file; a long or double takes two places.
    constants: Vec<Constant>,
}

impl Pool {
    fn read(reader: &mut Reader<'_>) -> Result<Pool, Malformed> {
        let count = usize::from(reader.u2()?);
        let mut constants = vec![Constant::Other];
        while constants.len() < count {
            let tag = reader.u1()?;
            let constant = match tag {
                1 => {
                    let length = reader.u2()?;
                    Constant::Text(decode_text(reader.take(usize::from(length))?))
                }
                7 => Constant::Class { name_index: reader.u2()? },
                5 | 6 => {
                    reader.take(8)?;
                    constants.push(Constant::Other);
                    Constant::Other
                }
                3 | 4 | 9..=12 | 17 | 18 => other(reader.take(4)?),
                15 => other(reader.take(3)?),
                8 | 16 | 19 | 20 => other(reader.take(2)?),
                _ => return Err(Malformed::Tag(tag)),
            };
            constants.push(constant);
        }
        Ok(Pool { constants })
    }

    fn text(&self, index: u16) -> Result<&str, Malformed> {
        match self.constants.get(usize::from(index)) {
            Some(Constant::Text(text)) => Ok(text),
            _ => Err(Malformed::Constant(index)),
        }
    }

    fn class_name(&self, index: u16) -> Result<&str, Malformed> {
        match self.constants.get(usize::from(index)) {
            Some(Constant::Class { name_index }) => self.text(*name_index),
            _ => Err(Malformed::Constant(index)),
        }
    }
}

fn other(_skipped: &[u8]) -> Constant {
    Constant::Other
}

/// "Modified UTF-8": UTF-16 units of one to three bytes each; what is broken becomes U+FFFD.
fn decode_text(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let low = |index: usize| tail.get(index).map(|b| u16::from(b & 0x3F));
        let first = u16::from(first);
        let (unit, used) = match (first >> 4, low(0), low(1)) {
            (0..=7, _, _) => (first, 0),
            (12 | 13, Some(a), _) => ((first & 0x1F) << 6 | a, 1),
            (14, Some(a), Some(b)) => ((first & 0x0F) << 12 | a << 6 | b, 2),
            _ => (0xFFFD, 0),
        };
        units.push(unit);
        rest = &tail[used..];
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Writes a class file with these methods: (access, name, descriptor).
    pub(crate) fn class_bytes(name: &str, methods: &[(u16, &str, &str)]) -> Vec<u8> {
        class_with_parents(name, &[], methods)
    }

    /// The same of a public class with these parents, the class first.
    pub(crate) fn class_with_parents(name: &str, parents: &[&str], methods: &[(u16, &str, &str)]) -> Vec<u8> {
        let mut pool: Vec<Vec<u8>> = Vec::new();
        let text = |pool: &mut Vec<Vec<u8>>, value: &str| {
            let mut entry = vec![1];
            entry.extend((value.len() as u16).to_be_bytes());
            entry.extend(value.as_bytes());
            pool.push(entry);
            pool.len() as u16
        };
        let name_index = text(&mut pool, name);
        pool.push([&[7][..], &name_index.to_be_bytes()].concat());
        let this_index = pool.len() as u16;
        let mut parent_indices = Vec::new();
        for parent in parents {
            let index = text(&mut pool, parent);
            pool.push([&[7][..], &index.to_be_bytes()].concat());
            parent_indices.push(pool.len() as u16);
        }
        let code = text(&mut pool, "Deprecated");
        let mut body = Vec::new();
        for (access, method, descriptor) in methods {
            let indices = [*access, text(&mut pool, method), text(&mut pool, descriptor), 1, code];
            indices.iter().for_each(|v| body.extend(v.to_be_bytes()));
            body.extend(2u32.to_be_bytes());
            body.extend([0, 0]);
        }
        let mut file = vec![0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61];
        // A long first: it takes two places, so all indices above shift by two.
        file.extend((pool.len() as u16 + 3).to_be_bytes());
        pool.iter().for_each(|entry| file.extend(entry));
        file.extend([5, 0, 0, 0, 0, 0, 0, 0, 9]);
        let (parent, interfaces) =
            parent_indices.split_first().map_or((0, &[][..]), |(first, rest)| (*first, rest));
        let head = [1u16, this_index, parent, interfaces.len() as u16];
        let rest = [0, methods.len() as u16];
        for value in head.iter().chain(interfaces).chain(&rest) {
            file.extend(value.to_be_bytes());
        }
        file.extend(body);
        file.extend([0, 0]);
        file
    }

    #[test]
    fn name_and_methods_are_read() {
        let bytes = class_bytes("a/b/C$D", &[(9, "main", "(I)V"), (1, "x", "()V")]);
        let class = ClassFile::parse(&bytes).map(|c| (c.name, c.methods.len(), c.methods));
        let Ok((name, 2, methods)) = class else { panic!("two methods expected: {class:?}") };
        assert_eq!(name, "a.b.C$D");
        assert_eq!(methods[0].access, ACC_PUBLIC | ACC_STATIC);
        assert_eq!((&*methods[0].name, &*methods[0].descriptor), ("main", "(I)V"));
    }

    #[test]
    fn every_cut_of_a_file_is_an_error() {
        let bytes = class_bytes("C", &[(9, "main", "()V")]);
        // The last two bytes are the class's attributes, which are not read.
        for length in 0..bytes.len() - 2 {
            assert!(ClassFile::parse(&bytes[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn wrong_magic_and_unknown_tags_are_named() {
        assert_eq!(ClassFile::parse(b"PK\x03\x04...."), Err(Malformed::Magic));
        let bytes = [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61, 0, 2, 99];
        assert_eq!(ClassFile::parse(&bytes), Err(Malformed::Tag(99)));
    }

    #[test]
    fn modified_utf8_is_decoded() {
        assert_eq!(decode_text("Größe".as_bytes()), "Größe");
        assert_eq!(decode_text(&[0xC0, 0x80]), "\0");
        let surrogates = [0xED, 0xA0, 0xB5, 0xED, 0xB0, 0x80]; // U+1D400
        assert_eq!(decode_text(&surrogates), "\u{1D400}");
        assert_eq!(decode_text(&[b'a', 0xE4]), "a\u{FFFD}");
    }
}
