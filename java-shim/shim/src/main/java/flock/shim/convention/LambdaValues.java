package flock.shim.convention;

import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import flock.boot.Exit;
import flock.boot.Stop;
import flock.shim.bean.BeanFault;
import flock.shim.bean.Beans;
import flock.shim.bean.Types;
import flock.shim.json.JsonFault;
import flock.shim.json.Reader;
import flock.shim.json.Writer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Between payloads and the values of Lambda's handlers. A payload here is an object or an array, where Lambda has any JSON; so a
 * value that is neither stands in the member {@code value}, in the payload as in the result, and nothing is an empty object.
 *
 * One for each function. A function's own {@code CustomPojoSerializer} is used in the place of {@link Beans}.
 */
final class LambdaValues {
    private static final String BOX = "value";
    private static final String SERVICE = "META-INF/services/" + CustomPojoSerializer.class.getName();

    private final Beans beans = new Beans();
    private final CustomPojoSerializer own;
    private final Type input;
    private final Type output;
    private final boolean isBoxed;
    private final boolean isList;

    private LambdaValues(CustomPojoSerializer own, Type input, Type output) {
        this.own = own;
        this.input = input;
        this.output = output;
        Class<?> raw = Types.raw(input);
        isList = raw.isArray() && raw != byte[].class && raw != char[].class || Collection.class.isAssignableFrom(raw)
                || raw == JsonArray.class;
        boolean isWhole = raw == Object.class || Map.class.isAssignableFrom(raw) || JsonElement.class.isAssignableFrom(raw);
        isBoxed = isList || !isWhole && !isBean(raw);
    }

    /** A class of the function's jar that is no enum; what the JDK has is a scalar, or is told to be none when it is read. */
    private static boolean isBean(Class<?> raw) {
        boolean isJdks = raw.getClassLoader() == null || raw.getClassLoader() == ClassLoader.getPlatformClassLoader();
        return !isJdks && !raw.isEnum() && !raw.getName().startsWith("org.joda.time.");
    }

    static LambdaValues of(Target target, Type input, Type output) throws InitFault {
        return new LambdaValues(target.image().find(SERVICE) == null ? null : own(target), input, output);
    }

    private static CustomPojoSerializer own(Target target) throws InitFault {
        try {
            Iterator<CustomPojoSerializer> all = ServiceLoader.load(CustomPojoSerializer.class, target.loader()).iterator();
            CustomPojoSerializer first = all.hasNext() ? all.next() : null;
            if (first != null && all.hasNext()) {
                throw new InitFault("java.lang.IllegalStateException: the jar has more than one CustomPojoSerializer", null);
            }
            return first;
        } catch (InitFault | Stop | Exit ends) {
            throw ends;
        } catch (Throwable broken) {
            throw new InitFault("the CustomPojoSerializer cannot be made: " + Texts.describe(broken), broken);
        }
    }

    Call call(Exchange exchange) {
        return new Call(exchange);
    }

    /** One call: its argument or its streams, and its result. */
    final class Call {
        private final Exchange exchange;
        private Output out;

        Call(Exchange exchange) {
            this.exchange = exchange;
        }

        Object argument() throws Throwable {
            JsonElement value = exchange.payload();
            if (isBoxed && !(isList && value instanceof JsonArray)) {
                JsonElement boxed = value instanceof JsonObject ? ((JsonObject) value).get(BOX) : null;
                if (boxed == null && Types.raw(input) == Void.class) {
                    return null;
                }
                if (boxed == null) {
                    throw new LambdaMisfit("the payload has no member '" + BOX + "' for the argument, a " + input.getTypeName());
                }
                value = boxed;
            }
            if (own != null) {
                return own.fromJson(new ByteArrayInputStream(text(value)), input);
            }
            try {
                return beans.read(value, input);
            } catch (BeanFault fault) {
                throw new LambdaMisfit("An error occurred during JSON parsing: the payload is no " + input.getTypeName() + ": "
                        + fault.getMessage());
            }
        }

        InputStream input() {
            return new ByteArrayInputStream(text(exchange.payload()));
        }

        ByteArrayOutputStream output() {
            out = new Output(exchange.resultLimitBytes());
            return out;
        }

        JsonElement result(Object value) throws Throwable {
            if (out != null) {
                return boxed(out.json());
            }
            if (own != null && value != null) {
                Output text = new Output(exchange.resultLimitBytes());
                own.toJson(value, text, output);
                return boxed(text.json());
            }
            try {
                return boxed(beans.write(value, exchange.resultLimitBytes()));
            } catch (BeanFault fault) {
                throw new LambdaMisfit("An error occurred during JSON serialization of response: " + fault.getMessage());
            }
        }
    }

    private static byte[] text(JsonElement value) {
        Writer writer = new Writer();
        writer.write(value, Integer.MAX_VALUE);
        return Arrays.copyOf(writer.bytes(), writer.length());
    }

    private static JsonElement boxed(JsonElement value) {
        if (value instanceof JsonObject || value instanceof JsonArray) {
            return value;
        }
        JsonObject box = new JsonObject();
        if (value != null && !(value instanceof JsonNull)) {
            box.add(BOX, value);
        }
        return box;
    }

    /** What a function writes itself, up to what a result may have. */
    private static final class Output extends ByteArrayOutputStream {
        private final int mostBytes;
        private boolean isOver;

        Output(int mostBytes) {
            this.mostBytes = mostBytes;
        }

        @Override
        public synchronized void write(int b) {
            if (admits(1)) {
                super.write(b);
            }
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            if (admits(length)) {
                super.write(bytes, offset, length);
            }
        }

        private boolean admits(int more) {
            isOver |= more > mostBytes - count;
            return !isOver;
        }

        synchronized JsonElement json() {
            if (isOver) {
                throw new LambdaMisfit("the output has more than the " + mostBytes + " bytes that a result may have");
            }
            int end = count;
            while (end > 0 && buf[end - 1] <= ' ' && buf[end - 1] >= 0) {
                end--;
            }
            try {
                return end == 0 ? null : new Reader().read(buf, 0, end);
            } catch (JsonFault fault) {
                throw new LambdaMisfit("the output is no JSON: " + fault.getMessage());
            }
        }
    }
}
