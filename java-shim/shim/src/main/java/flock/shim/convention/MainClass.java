package flock.shim.convention;

import flock.boot.Exit;
import flock.boot.Stop;
import flock.shim.image.Entry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loads and initialises the class that `main` names, and puts each way this can fail into words. */
final class MainClass {
    private static final int JAVA_1_0_MINUS = 44;
    private static final String NEWER = "^(\\S+) has been compiled by .*\\(class file version (\\d+)";

    private MainClass() {}

    static Class<?> load(Target target, String name) throws InitFault {
        if (name.isEmpty()) {
            throw new InitFault("java.lang.IllegalArgumentException: main is '" + target.main()
                    + "', which names no class; expected pkg.Class or pkg.Class#method", null);
        }
        try {
            return Class.forName(name, true, target.loader());
        } catch (ClassNotFoundException missing) {
            throw new InitFault("java.lang.ClassNotFoundException: " + name + ": the jar has no such class"
                    + Similar.hint(target.image(), name), null);
        } catch (Stop | Exit ends) {
            throw ends;
        } catch (UnsupportedClassVersionError newer) {
            throw new InitFault(newer(newer), newer);
        } catch (VerifyError invalid) {
            throw new InitFault("java.lang.VerifyError: the bytecode of a class is not valid: "
                    + firstLine(Texts.message(invalid)), invalid);
        } catch (ExceptionInInitializerError thrown) {
            throw new InitFault(initialiser(thrown), thrown);
        } catch (NoClassDefFoundError missing) {
            throw new InitFault(missing(target, missing), missing);
        } catch (Throwable other) {
            throw new InitFault(Texts.describe(other), other);
        }
    }

    private static String newer(UnsupportedClassVersionError error) {
        String message = Texts.message(error);
        Matcher parts = Pattern.compile(NEWER).matcher(message);
        if (!parts.find()) {
            return "java.lang.UnsupportedClassVersionError: " + message;
        }
        int version = Integer.parseInt(parts.group(2));
        return "java.lang.UnsupportedClassVersionError: " + parts.group(1).replace('/', '.') + " needs Java "
                + (version - JAVA_1_0_MINUS) + " (class file version " + version + "), this host runs Java "
                + Runtime.version().feature() + "; compile it with --release " + Runtime.version().feature()
                + " or lower";
    }

    private static String initialiser(ExceptionInInitializerError error) {
        Throwable cause = error.getCause();
        if (cause == null) {
            return Texts.describe(error);
        }
        String where = "a static initializer";
        for (StackTraceElement frame : Texts.frames(cause)) {
            if (frame.getMethodName().equals("<clinit>")) {
                where = "the static initializer of " + frame.getClassName();
                break;
            }
        }
        return "java.lang.ExceptionInInitializerError: " + where + " threw " + Texts.describe(cause);
    }

    private static String missing(Target target, NoClassDefFoundError error) {
        String message = Texts.message(error);
        String text = "java.lang.NoClassDefFoundError: " + message;
        boolean isName = !message.isEmpty() && message.indexOf(' ') < 0;
        if (!isName) {
            return text;
        }
        Entry entry = target.image().find(message + ".class");
        return entry == null
                ? text + ": the jar has no such class, and another class of it needs it" : text;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).trim();
    }
}
