//! Is the instruction on top of a stack about to initialise a class of the JDK?
//!
//! The JVM may be on its way into an initialiser that has no frame yet. An Error that came then would be thrown in the
//! initialiser, and the class would be unusable for all functions until the host ends. So the instruction is read, and the
//! class that it names is looked up: one that is initialised is initialised no second time, and one of the function's own
//! is the function's own loss.

use std::{collections::HashSet, ffi::c_uchar, slice, sync::Mutex};

use super::{Eye, ask, jclass, jint, jmethodID, jobject, jvmtiError, jvmtiFrameInfo, lock, ptr};

/// What the instruction on top can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstUse {
    /// It initialises no class that others use.
    No,
    /// It names a class of the JDK, or one that is not loaded yet, that may be about to be initialised.
    Near,
    /// It may link something, which can initialise classes.
    Unknown,
}

/// Instructions of the JDK's methods that were found to be harmless; they stay so.
static HARMLESS: Mutex<Option<HashSet<(usize, i64)>>> = Mutex::new(None);

/// A function's class with more ancestors than this is not looked at.
const ANCESTORS_MAX: usize = 100;
/// A class that can be used without being initialised any more.
const INITIALISED: jint = 4;
/// An initialiser of it has failed before.
const FAILED: jint = 8;

/// A constant that an instruction names, as far as it can initialise a class.
#[derive(Debug, PartialEq, Eq)]
enum Constant {
    Other,
    Class(String),
    Linkage,
}

impl Eye {
    pub(super) fn first_use(&self, top: &jvmtiFrameInfo) -> FirstUse {
        let Ok(at) = usize::try_from(top.location) else { return self.first_use_by_native(top.method) };
        let instruction = (top.method as usize, top.location);
        if lock(&HARMLESS).as_ref().is_some_and(|known| known.contains(&instruction)) {
            return FirstUse::No;
        }
        let mut class: jclass = ptr::null_mut();
        if ask!(self, GetMethodDeclaringClass, top.method, &raw mut class) != jvmtiError::NONE {
            return FirstUse::Unknown;
        }
        let loader = self.loader(class);
        let is_host = self.is_host(loader);
        let found = match self.refers(class, top.method, at) {
            Some(Constant::Other) => FirstUse::No,
            Some(Constant::Class(name)) => self.first_use_of(loader, &name),
            Some(Constant::Linkage) | None => FirstUse::Unknown,
        };
        self.drop_local(loader);
        self.drop_local(class);
        if is_host && found == FirstUse::No {
            lock(&HARMLESS).get_or_insert_default().insert(instruction);
        }
        found
    }

    /// Natives of the JDK that initialise a class for their caller. Others that do are among the delicate places.
    fn first_use_by_native(&self, method: jmethodID) -> FirstUse {
        match self.method_name(method).as_str() {
            "newInstance0" | "invoke0" | "allocateInstance" => FirstUse::Unknown,
            _ => FirstUse::No,
        }
    }

    /// What the instruction of a method refers to that can initialise a class.
    fn refers(&self, class: jclass, method: jmethodID, at: usize) -> Option<Constant> {
        let mut length: jint = 0;
        let mut code: *mut c_uchar = ptr::null_mut();
        if ask!(self, GetBytecodes, method, &raw mut length, &raw mut code) != jvmtiError::NONE {
            return None;
        }
        // SAFETY: the JVM has written `length` bytes there, which live until they are given back.
        let operand = operand(unsafe { bytes(code, length) }, at);
        self.free(code);
        let Some(index) = operand? else { return Some(Constant::Other) };
        let mut count: jint = 0;
        let mut length: jint = 0;
        let mut pool: *mut c_uchar = ptr::null_mut();
        if ask!(self, GetConstantPool, class, &raw mut count, &raw mut length, &raw mut pool)
            != jvmtiError::NONE
        {
            return None;
        }
        // SAFETY: as above.
        let refers = refers_to(unsafe { bytes(pool, length) }, index);
        self.free(pool);
        refers
    }

    /// Is that class, as code of `loader` names it, about to be initialised?
    fn first_use_of(&self, loader: jobject, name: &str) -> FirstUse {
        let mut count: jint = 0;
        let mut classes: *mut jclass = ptr::null_mut();
        if ask!(self, GetClassLoaderClasses, loader, &raw mut count, &raw mut classes) != jvmtiError::NONE {
            return FirstUse::Unknown;
        }
        let wanted = format!("L{name};");
        let mut found = FirstUse::Near;
        for at in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: the JVM has written `count` references there.
            let class = unsafe { *classes.add(at) };
            if found != FirstUse::No && self.class_name(class) == wanted && self.is_harmless(class, 0) {
                found = FirstUse::No;
            }
            self.drop_local(class);
        }
        self.free(classes.cast());
        found
    }

    /// Can it be initialised, with all that is initialised before it, without harm to others?
    fn is_harmless(&self, class: jclass, depth: usize) -> bool {
        let mut status: jint = 0;
        if depth > ANCESTORS_MAX || ask!(self, GetClassStatus, class, &raw mut status) != jvmtiError::NONE {
            return false;
        }
        if status & (INITIALISED | FAILED) != 0 {
            return true;
        }
        let loader = self.loader(class);
        let is_host = self.is_host(loader);
        self.drop_local(loader);
        !is_host
            && self.ancestors(class).into_iter().fold(true, |all, ancestor| {
                let is_harmless = all && self.is_harmless(ancestor, depth + 1);
                self.drop_local(ancestor);
                is_harmless
            })
    }

    /// The classes and interfaces that a class extends and implements.
    fn ancestors(&self, class: jclass) -> Vec<jclass> {
        let mut ancestors = Vec::new();
        // SAFETY: a live local reference of the attached thread.
        let parent = unsafe { ((**self.jni).GetSuperclass)(self.jni, class) };
        if !parent.is_null() {
            ancestors.push(parent);
        }
        let mut count: jint = 0;
        let mut interfaces: *mut jclass = ptr::null_mut();
        if ask!(self, GetImplementedInterfaces, class, &raw mut count, &raw mut interfaces)
            == jvmtiError::NONE
        {
            // SAFETY: the JVM has written `count` references there.
            ancestors
                .extend((0..usize::try_from(count).unwrap_or(0)).map(|at| unsafe { *interfaces.add(at) }));
            self.free(interfaces.cast());
        }
        ancestors
    }
}

/// What the JVM has written there.
///
/// # Safety
/// There are `length` bytes, and they live as long as the result is used.
unsafe fn bytes<'a>(at: *const c_uchar, length: jint) -> &'a [u8] {
    match usize::try_from(length) {
        // SAFETY: the caller's promise.
        Ok(length) if !at.is_null() => unsafe { slice::from_raw_parts(at, length) },
        _ => &[],
    }
}

/// The number of the constant that an instruction names, if it is one that can initialise a class. None: there is no such
/// instruction.
fn operand(code: &[u8], at: usize) -> Option<Option<u16>> {
    const LDC: u8 = 0x12;
    const LDC_W: u8 = 0x13;
    const LDC2_W: u8 = 0x14;
    const GETSTATIC: u8 = 0xb2;
    const PUTSTATIC: u8 = 0xb3;
    const INVOKESTATIC: u8 = 0xb8;
    const INVOKEDYNAMIC: u8 = 0xba;
    const NEW: u8 = 0xbb;
    match *code.get(at)? {
        LDC => Some(Some(u16::from(*code.get(at + 1)?))),
        LDC_W | LDC2_W | GETSTATIC | PUTSTATIC | INVOKESTATIC | INVOKEDYNAMIC | NEW => {
            Some(Some(u16_at(code, at + 1)?))
        }
        _ => Some(None),
    }
}

/// What the constant of that number is, by the format of class files (JVMS 4.4).
fn refers_to(pool: &[u8], index: u16) -> Option<Constant> {
    const UTF8: u8 = 1;
    const LONG: u8 = 5;
    const DOUBLE: u8 = 6;
    const CLASS: u8 = 7;
    const FIELD: u8 = 9;
    const METHOD: u8 = 10;
    const INTERFACE_METHOD: u8 = 11;
    const METHOD_HANDLE: u8 = 15;
    const METHOD_TYPE: u8 = 16;
    const DYNAMIC: u8 = 17;
    const INVOKE_DYNAMIC: u8 = 18;
    // Where each constant begins; the second half of a wide one begins nowhere.
    let mut begins = vec![None];
    let mut at = 0;
    while let Some(&tag) = pool.get(at) {
        begins.push(Some(at));
        at += match tag {
            UTF8 => 3 + usize::from(u16_at(pool, at + 1)?),
            LONG | DOUBLE => {
                begins.push(None);
                9
            }
            CLASS | 8 | METHOD_TYPE | 19 | 20 => 3,
            METHOD_HANDLE => 4,
            3 | 4 | FIELD..=12 | DYNAMIC | INVOKE_DYNAMIC => 5,
            _ => return None,
        };
        if at > pool.len() {
            return None;
        }
    }
    let begin = |index: u16| *begins.get(usize::from(index))?;
    let class_name = |index: u16| {
        let text = begin(u16_at(pool, begin(index)? + 1)?)?;
        let length = usize::from(u16_at(pool, text + 1)?);
        String::from_utf8(pool.get(text + 3..text + 3 + length)?.to_vec()).ok()
    };
    let constant = begin(index)?;
    match pool[constant] {
        CLASS => Some(Constant::Class(class_name(index)?)),
        FIELD | METHOD | INTERFACE_METHOD => Some(Constant::Class(class_name(u16_at(pool, constant + 1)?)?)),
        METHOD_HANDLE | METHOD_TYPE | DYNAMIC | INVOKE_DYNAMIC => Some(Constant::Linkage),
        _ => Some(Constant::Other),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1: "a/B", 2: class 1, 3 and 4: a long, 5: a method of 2, 6: a string, 7: a call site.
    const POOL: &[u8] = &[
        1, 0, 3, b'a', b'/', b'B', 7, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 9, 10, 0, 2, 0, 9, 8, 0, 1, 18, 0, 0, 0,
        9,
    ];

    #[test]
    fn a_constant_names_its_class() {
        assert_eq!(refers_to(POOL, 2), Some(Constant::Class("a/B".to_owned())));
        assert_eq!(refers_to(POOL, 5), Some(Constant::Class("a/B".to_owned())));
        assert_eq!(refers_to(POOL, 3), Some(Constant::Other));
        assert_eq!(refers_to(POOL, 6), Some(Constant::Other));
        assert_eq!(refers_to(POOL, 7), Some(Constant::Linkage));
    }

    #[test]
    fn what_is_not_there_is_nothing_known() {
        for index in [0, 4, 8, u16::MAX] {
            assert_eq!(refers_to(POOL, index), None, "{index}");
        }
        for end in 1..POOL.len() {
            assert_eq!(refers_to(&POOL[..end], 7), None, "{end}");
        }
        assert_eq!(refers_to(&[99, 0, 0], 1), None);
    }

    #[test]
    fn an_instruction_names_its_constant() {
        let code = [0xbb, 0, 2, 0x12, 6, 0xb8, 1, 5, 0xb1, 0xba];
        assert_eq!(operand(&code, 0), Some(Some(2)));
        assert_eq!(operand(&code, 3), Some(Some(6)));
        assert_eq!(operand(&code, 5), Some(Some(0x105)));
        assert_eq!(operand(&code, 8), Some(None), "return");
        assert_eq!(operand(&code, 9), None, "cut off");
        assert_eq!(operand(&code, 10), None);
    }
}
