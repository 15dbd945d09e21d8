//! What the frames on a thread's stack mean for a stop, told by the names of class and method.

/// What a frame means for a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Code of a function.
    Function,
    /// Code of the JDK that may be left at any time.
    Jdk,
    /// Code of the JDK that works on what all share, and ends soon.
    Shared,
    /// The initialiser of a class of the JDK.
    JdkInitialiser,
    /// The JDK or the shim at work that must come to its end.
    Delicate,
    /// A hook of the gate, which may count something.
    Gate,
    /// The gate looks at the stack to see who calls.
    Asking,
    /// The lane's own frames.
    Lane,
}

/// What a method of the JDK or of the shim is.
pub(crate) fn place_of(class: &str, method: &str) -> Place {
    const LANE: [&str; 4] =
        ["Lflock/boot/Lane;", "Lflock/shim/call/", "Lflock/shim/convention/", "Lflock/shim/json/"];
    const DELICATE: [&str; 8] = [
        "Lflock/",
        "Ljdk/internal/loader/",
        "Ljava/lang/ClassLoader;",
        "Ljava/lang/invoke/MethodHandleNatives;",
        "Ljava/lang/reflect/Proxy$ProxyBuilder;",
        "Ljava/security/SecureRandom;",
        "Lsun/security/provider/NativePRNG",
        "Lsun/security/provider/SecureRandom;",
    ];
    const SHARED: [&str; 8] = [
        "Lsun/util/",
        "Ljava/util/Locale",
        "Ljava/util/ResourceBundle",
        "Ljava/util/TimeZone;",
        "Lsun/security/jca/",
        "Ljava/security/Security;",
        "Ljava/security/Provider",
        "Ljava/util/logging/LogManager",
    ];
    // A function that waits for another one: flock.Flock, flock.boot.Asked, and the native below them.
    let waits = class == "Lflock/Flock;"
        || class == "Lflock/boot/Asked;"
        || class == "Lflock/boot/Host;" && matches!(method, "await" | "asked");
    if waits || LANE.iter().any(|prefix| class.starts_with(prefix)) {
        return Place::Lane;
    }
    if method == "<clinit>" {
        return Place::JdkInitialiser;
    }
    let initialises = class == "Ljava/lang/Class;" && method == "forName0"
        || class == "Ljdk/internal/misc/Unsafe;" && method == "ensureClassInitialized0";
    if initialises {
        return Place::Delicate;
    }
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| class.starts_with(prefix));
    // Works on pools of the function alone, and may wait there for a lock that nobody opens any more; or long, on its compressors.
    let is_own = class == "Lflock/boot/PoolGate;"
        || class.starts_with("Lflock/boot/PoolGate$")
        || class == "Lflock/boot/ZipGate;";
    if is_own {
        Place::Jdk
    } else if class == "Lflock/boot/Callers;" || class.starts_with("Lflock/boot/Callers$") {
        Place::Asking
    } else if class.starts_with("Lflock/boot/") {
        Place::Gate
    } else if is_of(&DELICATE) {
        Place::Delicate
    } else if is_of(&SHARED) {
        Place::Shared
    } else {
        Place::Jdk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_from_names() {
        assert_eq!(place_of("Ljava/util/regex/Pattern;", "match"), Place::Jdk);
        assert_eq!(place_of("Lsun/nio/ch/Net;", "<clinit>"), Place::JdkInitialiser);
        assert_eq!(place_of("Lsun/security/provider/NativePRNG$RandomIO;", "implNextBytes"), Place::Delicate);
        assert_eq!(place_of("Lsun/util/locale/BaseLocale;", "getInstance"), Place::Shared);
        assert_eq!(place_of("Lflock/shim/loader/FuncletLoader;", "findClass"), Place::Delicate);
        assert_eq!(place_of("Lflock/boot/Lane;", "run"), Place::Lane);
        assert_eq!(place_of("Lflock/boot/Gate;", "exit"), Place::Gate);
        assert_eq!(place_of("Lflock/boot/PoolGate$Cancel;", "accept"), Place::Jdk);
        assert_eq!(place_of("Lflock/boot/ZipGate;", "deflates"), Place::Jdk);
        assert_eq!(place_of("Lflock/boot/Callers$FirstOwner;", "apply"), Place::Asking);
        assert_eq!(place_of("Lflock/shim/call/LaneSeat;", "call"), Place::Lane);
        assert_eq!(place_of("Ljava/lang/ClassLoader;", "loadClass"), Place::Delicate);
    }
}
