package flock.shim.convention;

import flock.boot.Exit;
import flock.boot.Stop;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;

/** Makes the one object of a function whose convention wants one, at its initialisation. */
final class Instances {
    private Instances() {}

    static Object of(Class<?> type) throws InitFault {
        if (Modifier.isAbstract(type.getModifiers())) {
            throw new InitFault("java.lang.InstantiationException: " + type.getName() + " is abstract", null);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (NoSuchMethodException none) {
            throw new InitFault("java.lang.NoSuchMethodException: " + type.getName()
                    + " has no constructor without parameters", null);
        } catch (InvocationTargetException thrown) {
            Throwable cause = thrown.getCause();
            if (cause instanceof Stop) {
                throw (Stop) cause;
            }
            if (cause instanceof Exit) {
                throw (Exit) cause;
            }
            throw new InitFault("the constructor of " + type.getName() + " threw " + Texts.describe(cause), cause);
        } catch (ReflectiveOperationException other) {
            throw new InitFault(Texts.describe(other), other);
        }
    }
}
